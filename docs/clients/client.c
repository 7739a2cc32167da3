/*
 * Sends a request to keyauth and prints the answer.
 *
 *     cc client.c -lcurl -o client
 *     KEYAUTH_API_KEY=... ./client https://host/predict < body.json
 *     ./client 'https://host/enrol?UserID=ann' DELETE
 */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TRIES  5

int
main(int argc, char **argv)
{
    char                body[16385], key[256], answer[65536] = "";
    CURL               *curl = curl_easy_init();
    FILE               *out;
    long                status = 0;
    curl_off_t          wait;
    struct curl_slist  *headers;

    headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (getenv("KEYAUTH_API_KEY") != NULL) {
        snprintf(key, sizeof(key), "Authorization: Bearer %s",
                 getenv("KEYAUTH_API_KEY"));
        headers = curl_slist_append(headers, key);
    }

    curl_easy_setopt(curl, CURLOPT_URL, argc > 1 ? argv[1] : "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (argc > 2) {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, argv[2]);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
                         (long) fread(body, 1, sizeof(body), stdin));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);

    for (int i = 0; i < TRIES; i++) {
        out = fmemopen(answer, sizeof(answer), "w");
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
        CURLcode rc = curl_easy_perform(curl);
        fclose(out);
        if (rc != CURLE_OK) {
            return fprintf(stderr, "%s\n", curl_easy_strerror(rc)), 1;
        }
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if ((status != 429 && status != 503) || i == TRIES - 1) {
            break;
        }
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
        sleep(wait > 60 ? 60 : wait > 0 ? (unsigned) wait : 1u << i);
    }

    fprintf(status < 300 ? stdout : stderr, "%s\n", answer);
    return status >= 300;
}
