package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// webApp is an HTTP server in the pod.
type webApp struct {
	address string
	port    int
	served  atomic.Int64
	// release lets what waits in /stream and /slow go on.
	release chan struct{}
}

func (w *wire) webApp(t *testing.T) *webApp {
	t.Helper()
	listener := in(t, w.pod, func() (net.Listener, error) { return net.Listen("tcp", ":0") })
	a := &webApp{port: listener.Addr().(*net.TCPAddr).Port, release: make(chan struct{}, 100)}
	a.address = net.JoinHostPort(podAddresses[0], fmt.Sprint(a.port))
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(out http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		out.Header().Set("X-App", "real")
		out.Header().Set("X-Seen", request.Header.Get("X-Asked"))
		fmt.Fprintf(out, "%s %s %d bytes", request.Method, request.URL.Path, len(body))
	})
	mux.HandleFunc("/stream", func(out http.ResponseWriter, request *http.Request) {
		for i := range 3 {
			fmt.Fprintf(out, "part %d\n", i)
			out.(http.Flusher).Flush()
			<-a.release
		}
	})
	mux.HandleFunc("/slow", func(out http.ResponseWriter, request *http.Request) {
		<-a.release
		fmt.Fprint(out, "slow")
	})
	mux.HandleFunc("/empty", func(out http.ResponseWriter, request *http.Request) { out.WriteHeader(204) })
	mux.HandleFunc("/echo", func(out http.ResponseWriter, request *http.Request) {
		connection, buffered, err := out.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer connection.Close()
		fmt.Fprint(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(connection, buffered)
	})
	server := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, request *http.Request) {
		a.served.Add(1)
		mux.ServeHTTP(out, request)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return a
}

// client is an HTTP client in the peer, that keeps its connections.
func (w *wire) client(t *testing.T) *http.Client {
	transport := &http.Transport{
		ExpectContinueTimeout: 2 * time.Second,
		DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			return dialFrom(w, network, address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func (w *wire) dialPod(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	connection, err := dialFrom(w, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return connection.(*net.TCPConn)
}

// response is what of a response tests look at.
type response struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

func (a *webApp) get(t *testing.T, client *http.Client, method, path, body string, headers ...string) response {
	t.Helper()
	r, err := a.try(client, method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (a *webApp) try(client *http.Client, method, path, body string, headers ...string) (response, error) {
	request, err := http.NewRequest(method, "http://"+a.address+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	begun := time.Now()
	answer, err := client.Do(request)
	if err != nil {
		return response{took: time.Since(begun)}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return response{answer.StatusCode, answer.Header, string(text), time.Since(begun)}, err
}

// talk writes, and reads what comes until the other side closes.
func talk(connection net.Conn, text string) (string, error) {
	if _, err := io.WriteString(connection, text); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(bufio.NewReader(connection))
	return string(answer), err
}
