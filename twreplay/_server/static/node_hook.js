// Node reads no proxy from its environment before version 24: with `node --require`, connections to
// the API are made to the server at TWREPLAY_URL instead. All others are left alone.
'use strict';
const net = require('net');
const tls = require('tls');
const { URL } = require('url');

const HOST = 'api.twilio.com';
const server = process.env.TWREPLAY_URL && new URL(process.env.TWREPLAY_URL);

function redirect(module) {
  const connect = module.connect;
  module.connect = module.createConnection = function (...given) {
    const place = given.findIndex((each) => each !== null && typeof each === 'object');
    const options = given[place];
    if (options && options.host === HOST && !options.socket) {
      const here = { host: server.hostname, port: server.port, servername: HOST, path: undefined };
      given[place] = Object.assign({}, options, here);
    }
    return connect.apply(this, given);
  };
}

if (server) {
  redirect(net);
  redirect(tls);
}
