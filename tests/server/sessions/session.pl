# A session by LWP. Arguments: base URL, Sids of three recordings to delete (two) and to hear.
use strict;
use warnings;
use LWP::UserAgent;
use HTTP::Request::Common qw(GET POST PUT DELETE);

my ($base, @recordings) = @ARGV;
my ($sid, $token) = @ENV{qw(TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN)};
my $account = "$base/2008-08-01/Accounts/$sid";
my $agent = LWP::UserAgent->new(env_proxy => 1);

sub ask {
    my ($name, $request, $password) = @_;
    $request->authorization_basic($sid, $password // $token);
    my $answer = $agent->request($request);
    print "$name ", $answer->code, "\n";
    print STDERR $answer->content if $answer->code >= 500;
    return $answer;
}

my %message = (From => '4158675309', To => '4155551212', Body => 'Hi');
ask('list', GET "$account/Calls");
ask('page', GET "$account/Calls?page=0&num=2");
ask('create', POST "$account/SMS/Messages", \%message);
my $list = GET "$account/IncomingPhoneNumbers";
$list->authorization_basic($sid, $token);
my ($number) = $agent->request($list)->content =~ /<Sid>(PN[0-9a-f]+)/;
ask('put', PUT "$account/IncomingPhoneNumbers/$number", [FriendlyName => 'One']);
ask('_method=put', POST "$account/IncomingPhoneNumbers/$number?_method=PUT",
    [FriendlyName => 'Two']);
ask('delete', DELETE "$account/Recordings/$recordings[0]");
ask('_method=delete', POST "$account/Recordings/$recordings[1]?_method=DELETE", [x => 'y']);
ask('bad', POST "$account/SMS/Messages", [Body => 'Hi']);
ask('unauthorized', (GET "$account/Calls"), 'wrong');
ask('missing', GET "$account/Calls/CA" . '0' x 32);
my $media = $agent->get("$account/Recordings/$recordings[2]");
print 'media ', $media->code, ' ', $media->content_type, "\n";
