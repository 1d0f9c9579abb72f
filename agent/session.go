package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

// A session is many requests over one connection: each a line of JSON that may have a field `seq`, each answered by
// a line that has the same `seq`, as soon as it is done. Between them come lines with `event`.

const (
	opSession = "session"
	// maxTogether is how many requests of a session are worked on at once; more wait.
	maxTogether      = 64
	sessionWriteTime = 10 * time.Second
	// sessionStart is how long a session waits for an agent that was started just before it.
	sessionStart = 2 * time.Second
)

// sessionEvent is a line that answers nothing.
type sessionEvent struct {
	// open: the first line; ended: a fault has ended, for whatever reason
	Event    string  `json:"event"`
	Protocol int     `json:"protocol,omitempty"`
	PID      int     `json:"pid,omitempty"`
	Fault    *Status `json:"fault,omitempty"`
}

// session carries lines between its standard streams and the agent, until its input ends or nothing came for long.
func session(arguments []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("session", flag.ContinueOnError)
	path := flags.String("socket", "", "where the agent listens")
	idleTimeout := flags.Duration("idle-timeout", 5*time.Minute, "end when no request came for so long")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 || *idleTimeout <= 0 {
		return fmt.Errorf("session: found %q and an idle timeout of %v, expected no further words and more than 0", flags.Args(), *idleTimeout)
	}
	connection, err := dialStarting(*path)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, `{"op":"`+opSession+`"}`+"\n"); err != nil {
		return err
	}
	// Whoever reads may be gone without a word, its host with it: then no request comes either.
	idle := time.AfterFunc(*idleTimeout, func() { _ = connection.CloseWrite() })
	defer idle.Stop()
	go func() {
		_, _ = io.Copy(&resetting{connection, idle, *idleTimeout}, in)
		_ = connection.CloseWrite() // what was asked is answered still
	}()
	_, err = io.Copy(out, connection)
	return err
}

// resetting starts a timer anew with every write.
type resetting struct {
	io.Writer
	timer *time.Timer
	limit time.Duration
}

func (r *resetting) Write(data []byte) (int, error) {
	r.timer.Reset(r.limit)
	return r.Writer.Write(data)
}

// dialStarting reaches an agent that may not listen yet.
func dialStarting(path string) (*net.UnixConn, error) {
	for end := time.Now().Add(sessionStart); ; time.Sleep(5 * time.Millisecond) {
		connection, err := dial("", path)
		if err == nil || time.Now().After(end) {
			return connection, err
		}
	}
}

func opensSession(line []byte) bool {
	var request struct{ Op string }
	return json.Unmarshal(line, &request) == nil && request.Op == opSession
}

// hostedSession is a session, seen from its agent.
type hostedSession struct {
	agent      *agent
	connection *net.UnixConn
	writing    sync.Mutex
}

// hostSession answers a session's requests until its end.
func (a *agent) hostSession(connection *net.UnixConn, reader *bufio.Reader) {
	s := &hostedSession{agent: a, connection: connection}
	s.write(sessionEvent{Event: "open", Protocol: protocolVersion, PID: os.Getpid()}, nil)
	defer a.listeners.add(func(ended Status) { s.write(sessionEvent{Event: "ended", Fault: &ended}, nil) })()
	free := make(chan struct{}, maxTogether)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	for {
		line, err := readRequest(reader)
		if errors.Is(err, bufio.ErrBufferFull) {
			s.write(refusal(invalid("request", fmt.Sprintf("more than %d bytes", maxRequest), "a shorter line")), nil)
			return // where the next begins is not known
		}
		if err != nil {
			return
		}
		free <- struct{}{}
		tasks.Go(func() {
			s.answer(line)
			<-free
		})
	}
}

func (s *hostedSession) answer(line []byte) {
	in, err := parseInput(line)
	if err != nil {
		s.write(refusal(err), nil)
		return
	}
	seq := in.fields["seq"]
	delete(in.fields, "seq")
	s.write(s.agent.answer(in), seq)
}

// write sends a line; with a session that does not read there is nothing more to do.
func (s *hostedSession) write(answer any, seq json.RawMessage) {
	line, err := json.Marshal(answer)
	if err != nil {
		log.Printf("session: %v", err)
		return
	}
	if seq != nil {
		line = append(append(append([]byte(`{"seq":`), seq...), ','), line[1:]...)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.connection.SetWriteDeadline(time.Now().Add(sessionWriteTime))
	if err == nil {
		_, err = s.connection.Write(append(line, '\n'))
	}
	if err != nil {
		s.connection.Close()
	}
}

// listeners are told of each fault that ended.
type listeners struct {
	mutex sync.Mutex
	next  int
	all   map[int]func(Status)
}

// add enters one, and gives what takes it out again.
func (l *listeners) add(listener func(Status)) (remove func()) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.all == nil {
		l.all = map[int]func(Status){}
	}
	number := l.next
	l.next++
	l.all[number] = listener
	return func() {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		delete(l.all, number)
	}
}

func (l *listeners) list() []func(Status) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	list := make([]func(Status), 0, len(l.all))
	for _, listener := range l.all {
		list = append(list, listener)
	}
	return list
}

// tellEnded reads back what is left of a fault that has ended, for whoever listens.
func (a *agent) tellEnded(r *record) {
	list := a.listeners.list()
	if len(list) == 0 {
		return
	}
	status := a.status(r)
	for _, listener := range list {
		listener(status)
	}
}
