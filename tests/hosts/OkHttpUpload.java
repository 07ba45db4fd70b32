// Uploads a file as Android apps do, with OkHttp, in each of the ways that tutorials show. Prints a line for each: the
// way, the status and the answer. java -cp okhttp.jar:okio.jar OkHttpUpload.java ENDPOINT FILE
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

public class OkHttpUpload {
    private static final OkHttpClient CLIENT = new OkHttpClient();
    private static String endpoint;

    public static void main(String[] arguments) throws IOException {
        endpoint = arguments[0];
        File file = new File(arguments[1]);
        MediaType jpeg = MediaType.parse("image/jpeg");

        send("typed", "?userId=12345&DPI=96", form().addFormDataPart("postedFile", file.getName(), RequestBody.create(jpeg, file)));
        send("a file name with a quotation mark and an umlaut", "?userId=12345",
            form().addFormDataPart("postedFile", "Plakat 24\" für Ö.jpg", RequestBody.create(jpeg, file)));
        send("fields in the form", "", form().addFormDataPart("userId", "12345").addFormDataPart("DPI", "96")
            .addFormDataPart("postedFile", file.getName(), RequestBody.create(jpeg, file)));
        // Retrofit's @Part("userId") RequestBody has these headers, and tutorials type both bodies by MultipartBody.FORM.
        Headers field = Headers.of("Content-Disposition", "form-data; name=\"userId\"", "Content-Transfer-Encoding", "binary");
        send("Retrofit's tutorial", "", form().addPart(field, RequestBody.create(MultipartBody.FORM, "12345"))
            .addPart(MultipartBody.Part.createFormData("postedFile", file.getName(), RequestBody.create(MultipartBody.FORM, file))));
        // A content:// stream of Android, whose length is not known: sent in chunks.
        RequestBody stream = new RequestBody() {
            @Override
            public MediaType contentType() {
                return jpeg;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.write(Files.readAllBytes(file.toPath()));
            }
        };
        send("a stream", "?userId=12345", form().addFormDataPart("postedFile", "stream.jpg", stream));
        send("mixed, which is no form", "?userId=12345", new MultipartBody.Builder()
            .addFormDataPart("postedFile", file.getName(), RequestBody.create(jpeg, file)));
    }

    private static MultipartBody.Builder form() {
        return new MultipartBody.Builder().setType(MultipartBody.FORM);
    }

    private static void send(String way, String query, MultipartBody.Builder form) throws IOException {
        Request.Builder request = new Request.Builder().url(endpoint + query).header("websiteId", "1001")
            .header("webApiClientKey", "abc123").post(form.build());
        try (Response response = CLIENT.newCall(request.build()).execute()) {
            System.out.println(way + "\t" + response.code() + "\t" + response.body().string());
        }
    }
}
