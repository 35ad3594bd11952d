// Refuses requests that are not signed; asks for a key, and says which it was.
'use strict';
const crypto = require('crypto');
const http = require('http');
const { parse } = require('querystring');

const ASK = '<Response><Gather numDigits="1" action="/menu"><Say>Press a key</Say></Gather></Response>';

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    const form = parse(body);
    const names = Object.keys(form).sort();
    const signed = `https://clinic.example${request.url}` + names.map((n) => n + form[n]).join('');
    const hash = crypto.createHmac('sha1', process.env.TWILIO_AUTH_TOKEN).update(signed);
    const isSigned = hash.digest('base64') === request.headers['x-twilio-signature'];
    response.writeHead(isSigned ? 200 : 403, { 'Content-Type': 'text/xml' });
    const answer = `<Response><Say>You pressed ${form.Digits}</Say></Response>`;
    response.end(request.url === '/menu' ? answer : ASK);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
