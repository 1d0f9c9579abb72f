package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	registerTimeout = 10 * time.Second
	reportInterval  = 500 * time.Millisecond
)

// stress burns CPU time in the cgroup it is run in, until its deadline, a word or the end of its agent, or a signal.
func stress(arguments []string) int {
	begun := time.Now()
	// Whoever started it may go away: nothing of that ends it.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP)
	if _, err := unix.Setsid(); err != nil && !errors.Is(err, unix.EPERM) {
		return fail(err)
	}
	request, root, path, err := readStressFlags(arguments)
	if err != nil {
		return fail(err)
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM, syscall.SIGINT)
	link, other, err := register(root, path, request)
	if err != nil {
		return fail(err)
	}
	if other != nil {
		printLine(other)
		return 0
	}
	throttledBefore := readThrottling()
	workers := startWorkers(request.Cores, request.Load/100)
	deadline := time.NewTimer(time.Until(begun.Add(request.ttl())))
	reports := time.NewTicker(reportInterval)
	for {
		select {
		case <-workers.burning:
			workers.burning = nil
			line := &ready{ID: request.ID, PID: os.Getpid(), Cgroup: readCgroup(), StartedAt: time.Now().UnixMilli()}
			link.say(fromStress{Ready: line})
			printLine(line)
		case <-reports.C:
			link.say(fromStress{Report: consumed(throttledBefore)})
		case <-deadline.C:
			return link.farewell(reasonDeadline, throttledBefore)
		case <-terminated:
			return link.farewell(reasonSigterm, throttledBefore)
		case reason, alive := <-link.stop:
			if !alive {
				return 1 // without its agent nobody could stop it
			}
			return link.farewell(reason, throttledBefore)
		}
	}
}

func readStressFlags(arguments []string) (request registration, root, path string, err error) {
	flags := flag.NewFlagSet("stress", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it all
	flags.StringVar(&request.ID, "id", "", "id of the fault")
	flags.IntVar(&request.Cores, "cores", -1, "number of busy threads; 0: one for each CPU it may run on")
	flags.Float64Var(&request.Load, "load", 100, "percent of a core for each")
	flags.Float64Var(&request.TTLMs, "ttl-ms", 0, "ms until it ends by itself")
	agent := flags.Int("agent-pid", 0, "PID of the agent, in the PID namespace shared with it")
	flags.StringVar(&path, "socket", "", "where the agent listens, instead of /run or /tmp")
	request.Op = opRegister
	if err := flags.Parse(arguments); err != nil {
		return request, "", "", invalid("arguments", fmt.Sprintf("%q", arguments), err.Error())
	}
	if flags.NArg() > 0 {
		return request, "", "", invalid("arguments", fmt.Sprintf("%q", flags.Args()), "flags only")
	}
	if *agent < 1 {
		return request, "", "", invalid("agent-pid", fmt.Sprint(*agent), "the PID of an agent")
	}
	if request.Cores == 0 {
		request.Cores = runtime.NumCPU()
	}
	return request, fmt.Sprintf("/proc/%d/root", *agent), path, request.check()
}

// agentLink is the connection to the agent.
type agentLink struct {
	connection *net.UnixConn
	encoder    *json.Encoder
	// stop gives a reason to end, and is closed when the agent is gone.
	stop chan string
}

// register tells the agent. Ready is of the process that stresses under this id already, if there is one.
func register(root, path string, request registration) (*agentLink, *ready, error) {
	connection, err := dial(root, path)
	if err != nil {
		return nil, nil, err
	}
	link := &agentLink{connection: connection, encoder: json.NewEncoder(connection), stop: make(chan string)}
	reader := bufio.NewReader(connection)
	if err := link.encoder.Encode(request); err != nil {
		return nil, nil, refuse("failed", "register with the agent: "+err.Error())
	}
	if err := connection.SetReadDeadline(time.Now().Add(registerTimeout)); err != nil {
		return nil, nil, err
	}
	answer, err := readAgentLine(reader)
	if err != nil {
		return nil, nil, refuse("failed", "register with the agent: "+err.Error())
	}
	if answer.Error != nil {
		return nil, nil, answer.Error
	}
	if err := connection.SetReadDeadline(time.Time{}); err != nil {
		return nil, nil, err
	}
	go link.listen(reader)
	return link, answer.Ready, nil
}

func readAgentLine(reader *bufio.Reader) (fromAgent, error) {
	var word fromAgent
	line, err := reader.ReadBytes('\n')
	if err != nil {
		return word, err
	}
	return word, json.Unmarshal(line, &word)
}

func (l *agentLink) listen(reader *bufio.Reader) {
	defer close(l.stop)
	for {
		word, err := readAgentLine(reader)
		if err != nil {
			return
		}
		if word.Stop != "" {
			l.stop <- word.Stop
		}
	}
}

// say tells the agent; that it is gone is learnt by listening.
func (l *agentLink) say(word fromStress) { _ = l.encoder.Encode(word) }

func (l *agentLink) farewell(reason string, throttledBefore *throttling) int {
	l.say(fromStress{Ended: reason, Report: consumed(throttledBefore)})
	return 0
}

func fail(err error) int {
	printLine(refusal(err))
	return 1
}

// printLine writes to whoever still reads.
func printLine(value any) { _ = json.NewEncoder(os.Stdout).Encode(value) }
