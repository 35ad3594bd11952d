<?php
// Refuses requests that are not signed; asks for a key, and says which it was.
$form = $_POST;
ksort($form);
$signed = 'https://clinic.example' . $_SERVER['REQUEST_URI'];
foreach ($form as $name => $value) {
    $signed .= $name . $value;
}
$signature = base64_encode(hash_hmac('sha1', $signed, getenv('TWILIO_AUTH_TOKEN'), true));
header('Content-Type: text/xml');
if ($signature !== $_SERVER['HTTP_X_TWILIO_SIGNATURE']) {
    http_response_code(403);
} elseif ($_SERVER['REQUEST_URI'] == '/menu') {
    echo "<Response><Say>You pressed {$_POST['Digits']}</Say></Response>";
} else {
    echo '<Response><Gather numDigits="1" action="/menu"><Say>Press a key</Say></Gather></Response>';
}
