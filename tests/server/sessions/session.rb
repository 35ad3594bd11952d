# A session by Net::HTTP. Arguments: base URL, Sids of recordings to delete (two) and to hear.
require 'net/http'

base, one, two, kept = ARGV
SID, TOKEN = ENV.values_at('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN')
ACCOUNT = URI("#{base}/2008-08-01/Accounts/#{SID}")

def ask(name, path, method = Net::HTTP::Get, form = nil, token = TOKEN)
  request = method.new(ACCOUNT.path + path)
  request.basic_auth(SID, token) unless name == 'media'
  request.set_form_data(form) if form
  secure = ACCOUNT.scheme == 'https'
  answer = Net::HTTP.start(ACCOUNT.host, ACCOUNT.port, use_ssl: secure) { |http| http.request(request) }
  kind = name == 'media' ? " #{answer.content_type}" : ''
  puts "#{name} #{answer.code}#{kind}" if name
  answer.body
end

message = { 'From' => '4158675309', 'To' => '4155551212', 'Body' => 'Hi' }
ask('list', '/Calls')
ask('page', '/Calls?page=0&num=2')
ask('create', '/SMS/Messages', Net::HTTP::Post, message)
number = ask(nil, '/IncomingPhoneNumbers')[/<Sid>(PN[0-9a-f]+)/, 1]
ask('put', "/IncomingPhoneNumbers/#{number}", Net::HTTP::Put, 'FriendlyName' => 'One')
ask('_method=put', "/IncomingPhoneNumbers/#{number}?_method=PUT", Net::HTTP::Post, 'FriendlyName' => 'Two')
ask('delete', "/Recordings/#{one}", Net::HTTP::Delete)
ask('_method=delete', "/Recordings/#{two}?_method=DELETE", Net::HTTP::Post, 'x' => 'y')
ask('bad', '/SMS/Messages', Net::HTTP::Post, 'Body' => 'Hi')
ask('unauthorized', '/Calls', Net::HTTP::Get, nil, 'wrong')
ask('missing', "/Calls/CA#{'0' * 32}")
ask('media', "/Recordings/#{kept}")
