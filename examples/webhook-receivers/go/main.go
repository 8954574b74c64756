// Hears of decisions: proves who sends them, and works through each event once.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	tolerance = 5 * time.Minute
	largest   = 1 << 20
)

// Event is what the desk tells in the Human Approval dialect.
type Event struct {
	Event        string          `json:"event"`
	RequestID    string          `json:"request_id"`
	ExternalID   *string         `json:"external_id"`
	Status       string          `json:"status"`
	Outcome      string          `json:"outcome"`
	Payload      json.RawMessage `json:"payload"`
	DecisionNote *string         `json:"decision_note"`
}

// Approved is true only where every word says so.
func (e Event) Approved() bool {
	return e.Status == "approved" && (e.Outcome == "" || e.Outcome == "approved")
}

// Keys reads the secrets (whsec_…); several count while one is being rotated.
func Keys(text string) ([][]byte, error) {
	var keys [][]byte
	for _, secret := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) < 24 {
			return nil, errors.New("WEBHOOK_SECRET must be whsec_ and at least 24 bytes in base64")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("set WEBHOOK_SECRET to the whsec_… of the key or endpoint")
	}
	return keys, nil
}

// Proven says whether one of the keys signed these bytes, with this id, a short while ago.
func Proven(header http.Header, body []byte, keys [][]byte, now time.Time) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || err != nil {
		return false
	}
	if away := now.Sub(time.Unix(seconds, 0)); away > tolerance || away < -tolerance {
		return false
	}
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", id, timestamp)
		mac.Write(body)
		expected := mac.Sum(nil)
		for _, signature := range strings.Split(header.Get("webhook-signature"), " ") {
			if !strings.HasPrefix(signature, "v1,") {
				continue
			}
			given, err := base64.StdEncoding.DecodeString(signature[len("v1,"):])
			if err == nil && hmac.Equal(given, expected) {
				return true
			}
		}
	}
	return false
}

// Once calls work unless the id is known. A failure forgets the id, so that the desk's next try counts.
func Once(folder, id string, work func() error) error {
	file := filepath.Join(folder, base64.RawURLEncoding.EncodeToString([]byte(id)))
	claim, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer claim.Close()
	if err := work(); err != nil {
		os.Remove(file)
		return err
	}
	return claim.Sync()
}

// Work is what your program does about a decision.
func Work(event Event) error {
	if event.Approved() {
		fmt.Printf("%s: approved, refunding for %s\n", event.RequestID, event.Payload)
		return nil
	}
	word := event.Outcome
	if word == "" {
		word = event.Status
	}
	fmt.Printf("%s: %s\n", event.RequestID, word)
	return nil
}

func receive(keys [][]byte, folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
		if err != nil || !Proven(r.Header, body, keys, time.Now()) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var event Event
		if err := json.Unmarshal(body, &event); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if err := Once(folder, r.Header.Get("webhook-id"), func() error { return Work(event) }); err != nil {
			log.Print(err)
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	keys, err := Keys(os.Getenv("WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	folder := setting("SEEN", "seen")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/webhook", receive(keys, folder))
	server := &http.Server{
		Addr:              "127.0.0.1:" + setting("PORT", "9000"),
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
