// Sends a request to keyauth and prints the answer:
// KEYAUTH_API_KEY=... go run client.go https://host/predict < body.json
// go run client.go 'https://host/enrol?UserID=ann' DELETE
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

// delay returns how long to wait: Retry-After is a number of seconds or a date.
func delay(after string, attempt int) time.Duration {
	wait := 500 * time.Millisecond << attempt
	if seconds, err := time.ParseDuration(after + "s"); err == nil {
		wait = seconds
	} else if date, err := http.ParseTime(after); err == nil {
		wait = time.Until(date)
	}
	if wait > time.Minute {
		return time.Minute
	}
	return wait
}

// ask sends a body, five times at most, and returns the status and the text.
func ask(method, url string, body []byte) (int, []byte) {
	for attempt := 0; ; attempt++ {
		r := must(http.NewRequest(method, url, bytes.NewReader(body)))
		r.Header.Set("Content-Type", "application/json")
		if key := os.Getenv("KEYAUTH_API_KEY"); key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		answer := must((&http.Client{Timeout: 10 * time.Second}).Do(r))
		text := must(io.ReadAll(answer.Body))
		answer.Body.Close()
		if s := answer.StatusCode; s != 429 && s != 503 || attempt == 4 {
			return s, text
		}
		time.Sleep(delay(answer.Header.Get("Retry-After"), attempt))
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	method, body := "POST", []byte(nil)
	if len(os.Args) > 2 {
		method = os.Args[2]
	} else {
		body = must(io.ReadAll(os.Stdin))
	}
	status, text := ask(method, os.Args[1], body)
	if status > 299 {
		log.Fatalf("%s", text)
	}
	os.Stdout.Write(append(text, '\n'))
}
