package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	maxRequest     = 64 << 10
	requestTimeout = 5 * time.Second
)

// serve runs the agent until it is idle, or told to end; then every fault is reverted.
func serve(arguments []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	idleTimeout := flags.Duration("idle-timeout", 30*time.Minute, "end when no fault has held for so long")
	path := flags.String("socket", "", "where to listen, instead of /run or /tmp")
	control := flags.String("control", "", "[HOST]:PORT on which to tell, and to end, all faults over HTTP")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 || *idleTimeout <= 0 {
		return fmt.Errorf("serve: found %q and an idle timeout of %v, expected no further words and more than 0", flags.Args(), *idleTimeout)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	listener, err := listen(*path)
	if err != nil {
		return err
	}
	defer listener.Close()
	idle := newIdleClock(*idleTimeout)
	a := newAgent(idle)
	broken := make(chan error, 1)
	if *control != "" {
		door, err := a.listenControl(*control)
		if err != nil {
			return fmt.Errorf("--control: %w", err)
		}
		log.Printf("to be told and ended at %s", door.Addr())
		go func() { broken <- a.serveControl(door) }()
	}
	go accept(a, listener)
	log.Printf("listening at %s", listener.Addr())
	select {
	case <-ctx.Done():
		a.endAll(reasonSigterm)
	case <-idle.expired:
		log.Printf("no fault for %v", *idleTimeout)
	case err := <-broken:
		a.endAll(reasonLost)
		return fmt.Errorf("the control port is lost, and whoever holds the faults must be reachable: %w", err)
	}
	return nil
}

func accept(a *agent, listener *net.UnixListener) {
	for {
		connection, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Printf("accept: %v", err)
			os.Exit(1) // whoever holds the faults must be reachable; without the agent they are gone
		}
		go converse(a, connection)
	}
}

// converse answers one request, or stays with a session or a stress process until it ends.
func converse(a *agent, connection *net.UnixConn) {
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return
	}
	reader := bufio.NewReaderSize(connection, maxRequest)
	line, err := readRequest(reader)
	if err != nil {
		return
	}
	if err := connection.SetDeadline(time.Time{}); err != nil {
		return
	}
	if request, ok := readRegistration(line); ok {
		a.hostStress(request, connection)
		return
	}
	if opensSession(line) {
		a.hostSession(connection, reader)
		return
	}
	if err := json.NewEncoder(connection).Encode(a.handle(line)); err != nil {
		log.Printf("answer: %v", err)
	}
}

// readRequest reads one line; bufio.ErrBufferFull: it is longer than a request may be.
func readRequest(reader *bufio.Reader) ([]byte, error) {
	line, err := reader.ReadSlice('\n')
	return bytes.Clone(line), err // the buffer is used again
}
