# Refuses requests that are not signed; asks for a key, and says which it was.
require 'openssl'
require 'socket'
require 'uri'

ASK = '<Response><Gather numDigits="1" action="/menu"><Say>Press a key</Say></Gather></Response>'

listening = TCPServer.new('127.0.0.1', Integer(ARGV[0]))
loop do
  client = listening.accept
  first = client.gets or next
  path = first.split[1]
  headers = {}
  until (line = client.gets.chomp).empty?
    name, value = line.split(': ', 2)
    headers[name.downcase] = value
  end
  form = URI.decode_www_form(client.read(headers['content-length'].to_i)).to_h
  signed = "https://clinic.example#{path}" + form.sort.map { |name, value| name + value }.join
  signature = [OpenSSL::HMAC.digest('sha1', ENV['TWILIO_AUTH_TOKEN'], signed)].pack('m0')
  status = signature == headers['x-twilio-signature'] ? '200 OK' : '403 Forbidden'
  body = path == '/menu' ? "<Response><Say>You pressed #{form['Digits']}</Say></Response>" : ASK
  client.write("HTTP/1.1 #{status}\r\nContent-Type: text/xml\r\nConnection: close\r\n" \
               "Content-Length: #{body.bytesize}\r\n\r\n#{body}")
  client.close
end
