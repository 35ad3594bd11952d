<?php
// A session by PHP's curl. Arguments: base URL, Sids of recordings to delete (two) and to hear.
[, $base, $one, $two, $kept] = $argv;
$sid = getenv('TWILIO_ACCOUNT_SID');
$account = "$base/2008-08-01/Accounts/$sid";

function ask($name, $path, $method = 'GET', $form = null, $token = null)
{
    global $account, $sid;
    $curl = curl_init($account . $path);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($curl, CURLOPT_CUSTOMREQUEST, $method);
    if ($name != 'media') {
        curl_setopt($curl, CURLOPT_USERPWD, $sid . ':' . ($token ?? getenv('TWILIO_AUTH_TOKEN')));
    }
    if ($form !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, http_build_query($form));
    }
    $body = curl_exec($curl);
    if ($body === false) {
        fwrite(STDERR, curl_error($curl) . "\n");
    }
    if ($name) {
        $kind = $name == 'media' ? ' ' . curl_getinfo($curl, CURLINFO_CONTENT_TYPE) : '';
        echo "$name ", curl_getinfo($curl, CURLINFO_HTTP_CODE), "$kind\n";
    }
    return $body;
}

$message = ['From' => '4158675309', 'To' => '4155551212', 'Body' => 'Hi'];
ask('list', '/Calls');
ask('page', '/Calls?page=0&num=2');
ask('create', '/SMS/Messages', 'POST', $message);
preg_match('/<Sid>(PN[0-9a-f]+)/', ask('', '/IncomingPhoneNumbers'), $found);
ask('put', "/IncomingPhoneNumbers/$found[1]", 'PUT', ['FriendlyName' => 'One']);
ask('_method=put', "/IncomingPhoneNumbers/$found[1]?_method=PUT", 'POST', ['FriendlyName' => 'Two']);
ask('delete', "/Recordings/$one", 'DELETE');
ask('_method=delete', "/Recordings/$two?_method=DELETE", 'POST', ['x' => 'y']);
ask('bad', '/SMS/Messages', 'POST', ['Body' => 'Hi']);
ask('unauthorized', '/Calls', 'GET', null, 'wrong');
ask('missing', '/Calls/CA' . str_repeat('0', 32));
ask('media', "/Recordings/$kept");
