# Refuses requests that are not signed; asks for a key, and says which it was.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha1_base64);
use HTTP::Daemon;
use HTTP::Response;
use URI;

my $ask = '<Response><Gather numDigits="1" action="/menu"><Say>Press a key</Say></Gather></Response>';
my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1)
    or die "cannot listen: $!";
while (my $client = $daemon->accept) {
    while (my $request = $client->get_request) {
        my $path = $request->uri->path;
        my %form = URI->new('?' . $request->content)->query_form;
        my $signed = "https://clinic.example$path" . join '', map { $_ . $form{$_} } sort keys %form;
        my $signature = hmac_sha1_base64($signed, $ENV{TWILIO_AUTH_TOKEN}) . '=';
        my $is_signed = $signature eq $request->header('X-Twilio-Signature');
        my $body = $path eq '/menu'
            ? "<Response><Say>You pressed $form{Digits}</Say></Response>" : $ask;
        my $type = ['Content-Type' => 'text/xml'];
        $client->send_response(HTTP::Response->new($is_signed ? 200 : 403, undef, $type, $body));
    }
    $client->close;
}
