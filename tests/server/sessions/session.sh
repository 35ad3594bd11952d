# A session by curl. Arguments: base URL, Sids of three recordings to delete (two) and to hear.
base=$1 kept=$4
account="$base/2008-08-01/Accounts/$TWILIO_ACCOUNT_SID"
ask() {
    name=$1 path=$2
    shift 2
    curl -s -o /dev/null -w "$name %{http_code}\n" \
        -u "$TWILIO_ACCOUNT_SID:${token-$TWILIO_AUTH_TOKEN}" "$@" "$account$path"
}
ask list /Calls
ask page "/Calls?page=0&num=2"
ask create /SMS/Messages -d From=4158675309 -d To=4155551212 -d Body=Hi
number=$(curl -s -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" "$account/IncomingPhoneNumbers" |
    grep -o '<Sid>PN[0-9a-f]*' | head -1 | cut -c6-)
ask put "/IncomingPhoneNumbers/$number" -X PUT -d FriendlyName=One
ask _method=put "/IncomingPhoneNumbers/$number?_method=PUT" -d FriendlyName=Two
ask delete "/Recordings/$2" -X DELETE
ask _method=delete "/Recordings/$3?_method=DELETE" -d x=y
ask bad /SMS/Messages -d Body=Hi
token=wrong ask unauthorized /Calls
ask missing "/Calls/CA00000000000000000000000000000000"
curl -s -o /dev/null -w "media %{http_code} %{content_type}\n" "$account/Recordings/$kept"
