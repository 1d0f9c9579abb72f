// Command redis-load writes to a redis watched by Sentinels at a bounded rate and counts what was acknowledged, refused and lost.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	sentinels := flag.String("sentinels", "localhost:26379", "addresses of the Sentinels, separated by commas")
	master := flag.String("master", "redis", "name under which the Sentinels watch the primary")
	rate := flag.Float64("rate", 20, "writes a second, 0.1 to 1000")
	workers := flag.Int("workers", 4, "connections that write, 1 to 64")
	timeout := flag.Duration("timeout", 2*time.Second, "of one write")
	listen := flag.String("listen", ":9122", "address of /metrics and /healthz")
	flag.Parse()
	if *rate < 0.1 || *rate > 1000 {
		return errors.New("-rate: expected 0.1 to 1000 writes a second")
	}
	if *workers < 1 || *workers > 64 {
		return errors.New("-workers: expected 1 to 64")
	}
	if *timeout <= 0 {
		return errors.New("-timeout: expected more than 0")
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName:    *master,
		SentinelAddrs: strings.Split(*sentinels, ","),
		// A failed write is to be seen, not repeated unseen.
		MaxRetries:            -1,
		DialTimeout:           *timeout,
		ReadTimeout:           *timeout,
		WriteTimeout:          *timeout,
		PoolTimeout:           *timeout,
		ContextTimeoutEnabled: true,
		PoolSize:              *workers + 1,
		MinIdleConns:          2,
	})
	defer client.Close()

	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	writer := newWriter(client, hostname, *timeout)

	http.Handle("/metrics", promhttp.HandlerFor(writer.registry, promhttp.HandlerOpts{}))
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: *listen, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	defer server.Close()

	done := make(chan struct{})
	go func() {
		defer close(done)
		writer.run(ctx, *rate, *workers)
	}()
	select {
	case err := <-failed:
		return err
	case <-done:
		return nil
	}
}
