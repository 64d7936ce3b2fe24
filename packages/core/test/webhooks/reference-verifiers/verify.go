// Says of each webhook on the lines of stdin whether the reference library takes it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var given struct {
			Secret  string
			Body    string
			Headers map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			panic(err)
		}
		headers := http.Header{}
		for name, value := range given.Headers {
			headers.Set(name, value)
		}
		webhook, err := standardwebhooks.NewWebhook(given.Secret)
		if err == nil {
			err = webhook.Verify([]byte(given.Body), headers)
		}
		fmt.Println(err == nil)
	}
}
