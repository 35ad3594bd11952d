// A session by node's fetch. Arguments: base URL, Sids of recordings to delete (two) and to hear.
'use strict';
const https = require('https');
const http = require('http');

const [base, one, two, kept] = process.argv.slice(2);
const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = process.env;
const account = `${base}/2008-08-01/Accounts/${sid}`;

function ask(name, path, method = 'GET', form = null, password = token) {
  const url = new URL(account + path);
  const headers = {};
  if (name !== 'media') {
    headers.Authorization = 'Basic ' + Buffer.from(`${sid}:${password}`).toString('base64');
  }
  const body = form && new URLSearchParams(form).toString();
  if (body) {
    headers['Content-Type'] = 'application/x-www-form-urlencoded';
    headers['Content-Length'] = body.length;
  }
  return new Promise((resolve, reject) => {
    const library = url.protocol === 'https:' ? https : http;
    const request = library.request(url, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => {
        const kind = name === 'media' ? ` ${answer.headers['content-type']}` : '';
        if (name) console.log(`${name} ${answer.statusCode}${kind}`);
        resolve(text);
      });
    });
    request.on('error', reject);
    request.end(body || undefined);
  });
}

(async () => {
  await ask('list', '/Calls');
  await ask('page', '/Calls?page=0&num=2');
  const message = { From: '4158675309', To: '4155551212', Body: 'Hi' };
  await ask('create', '/SMS/Messages', 'POST', message);
  const number = (await ask('', '/IncomingPhoneNumbers')).match(/<Sid>(PN[0-9a-f]+)/)[1];
  await ask('put', `/IncomingPhoneNumbers/${number}`, 'PUT', { FriendlyName: 'One' });
  const overloaded = `/IncomingPhoneNumbers/${number}?_method=PUT`;
  await ask('_method=put', overloaded, 'POST', { FriendlyName: 'Two' });
  await ask('delete', `/Recordings/${one}`, 'DELETE');
  await ask('_method=delete', `/Recordings/${two}?_method=DELETE`, 'POST', { x: 'y' });
  await ask('bad', '/SMS/Messages', 'POST', { Body: 'Hi' });
  await ask('unauthorized', '/Calls', 'GET', null, 'wrong');
  await ask('missing', '/Calls/CA' + '0'.repeat(32));
  await ask('media', `/Recordings/${kept}`);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
