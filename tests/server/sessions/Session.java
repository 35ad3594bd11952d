// A session by HttpURLConnection. Arguments: base URL, Sids of recordings to delete (two) and to hear.
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Session {
    static final String SID = System.getenv("TWILIO_ACCOUNT_SID");
    static String account;

    static String ask(String name, String path, String method, String form, String token)
            throws Exception {
        HttpURLConnection connection =
                (HttpURLConnection) new URI(account + path).toURL().openConnection();
        connection.setRequestMethod(method);
        if (!name.equals("media")) {
            String login = SID + ":" + token;
            String encoded = Base64.getEncoder().encodeToString(login.getBytes("UTF-8"));
            connection.setRequestProperty("Authorization", "Basic " + encoded);
        }
        if (form != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(form.getBytes("UTF-8"));
        }
        int status = connection.getResponseCode();
        if (!name.isEmpty()) {
            String kind = name.equals("media") ? " " + connection.getContentType() : "";
            System.out.println(name + " " + status + kind);
        }
        return status == 200 ? new String(connection.getInputStream().readAllBytes(), "UTF-8") : "";
    }

    public static void main(String[] given) throws Exception {
        String token = System.getenv("TWILIO_AUTH_TOKEN");
        account = given[0] + "/2008-08-01/Accounts/" + SID;
        ask("list", "/Calls", "GET", null, token);
        ask("page", "/Calls?page=0&num=2", "GET", null, token);
        ask("create", "/SMS/Messages", "POST", "From=4158675309&To=4155551212&Body=Hi", token);
        Matcher found =
                Pattern.compile("<Sid>(PN[0-9a-f]+)")
                        .matcher(ask("", "/IncomingPhoneNumbers", "GET", null, token));
        found.find();
        String number = "/IncomingPhoneNumbers/" + found.group(1);
        ask("put", number, "PUT", "FriendlyName=One", token);
        ask("_method=put", number + "?_method=PUT", "POST", "FriendlyName=Two", token);
        ask("delete", "/Recordings/" + given[1], "DELETE", null, token);
        ask("_method=delete", "/Recordings/" + given[2] + "?_method=DELETE", "POST", "x=y", token);
        ask("bad", "/SMS/Messages", "POST", "Body=Hi", token);
        ask("unauthorized", "/Calls", "GET", null, "wrong");
        ask("missing", "/Calls/CA" + "0".repeat(32), "GET", null, token);
        ask("media", "/Recordings/" + given[3], "GET", null, token);
    }
}
