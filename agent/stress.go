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

// stress puts a load on what the cgroup or the file system it is run in has, until its deadline, a word or the end of
// its agent, or a signal.
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
	work, err := request.load()
	if err != nil && !stressesAlready(root, path, request.ID) {
		return fail(err)
	}
	if request.dryRun {
		printLine(struct {
			OK    bool   `json:"ok"`
			About string `json:"about"`
		}{true, work.about()})
		return 0
	}
	link, other, err := register(root, path, request)
	if err != nil {
		return fail(err)
	}
	if other != nil {
		printLine(other)
		return 0
	}
	until, err := endOf(request.ID, begun, request.ttl(), request.endsBy())
	if err != nil {
		return fail(err)
	}
	s := &stressing{request: request, load: work, link: link, throttledBefore: readThrottling()}
	felt := make(chan error, 1)
	go func() { felt <- work.begin() }()
	deadline := time.NewTimer(time.Until(until))
	reports := time.NewTicker(reportInterval)
	for {
		select {
		case err := <-felt:
			if err != nil {
				reason := reasonLost
				select {
				case reason = <-work.broken():
				default:
				}
				s.farewell(reason)
				return fail(err)
			}
			line := &ready{ID: request.ID, PID: os.Getpid(), Cgroup: readCgroup(), StartedAt: time.Now().UnixMilli(), About: work.about()}
			link.say(fromStress{Ready: line})
			printLine(line)
		case <-reports.C:
			link.say(fromStress{Report: consumed(s.throttledBefore)})
		case number := <-link.measure:
			go func() {
				measured := work.measure()
				measured.Number = number
				link.say(fromStress{Measured: &measured})
			}()
		case reason := <-work.broken():
			return s.farewell(reason)
		case <-deadline.C:
			return s.farewell(reasonDeadline)
		case <-terminated:
			return s.farewell(reasonSigterm)
		case reason, alive := <-link.stop:
			if !alive {
				work.end()
				return 1 // without its agent nobody could stop it
			}
			return s.farewell(reason)
		}
	}
}

// stressing is a stress process's own view of itself.
type stressing struct {
	request         registration
	load            load
	link            *agentLink
	throttledBefore *throttling
}

// farewell ends the load before it says so.
func (s *stressing) farewell(reason string) int {
	last := s.load.end()
	s.link.say(fromStress{Ended: reason, Report: consumed(s.throttledBefore), Measured: last})
	return 0
}

// stressesAlready tells whether a load that cannot be put in place is there, by the same id.
func stressesAlready(root, path, id string) bool {
	connection, err := dial(root, path)
	if err != nil {
		return false
	}
	defer connection.Close()
	line, err := converseOnce(connection, fmt.Sprintf(`{"op":"status","id":%q}`, id))
	var answer Answer
	return err == nil && json.Unmarshal([]byte(line), &answer) == nil && answer.Fault != nil && answer.Fault.State == "active"
}

func readStressFlags(arguments []string) (request registration, root, path string, err error) {
	flags := flag.NewFlagSet("stress", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it all
	flags.StringVar(&request.ID, "id", "", "id of the fault")
	flags.StringVar(&request.Kind, "kind", "cpu", "cpu, memory, io or fill")
	flags.Float64Var(&request.TTLMs, "ttl-ms", 0, "ms until it ends by itself")
	endsBy := flags.Float64("ends-by", 0, "when it has ended by this machine's clock, in ms since the epoch")
	cores := flags.Int("cores", -1, "cpu: number of busy threads; 0: one for each CPU it may run on")
	load := flags.Float64("load", 100, "cpu: percent of a core for each")
	workers := flags.Int("workers", 0, "memory, io: how many work at once")
	size := flags.Float64("bytes", 0, "memory, io, fill: how much, in all")
	percent := flags.Float64("percent", 0, "the same as a share: memory, of the container's limit; io, of the free space; fill, up to which the file system is filled")
	ramp := flags.Float64("ramp-ms", 0, "memory: ms over which it grows")
	directory := flags.String("path", "", "io, fill: a directory; absent: one that can be written to")
	flags.BoolVar(&request.dryRun, "dry-run", false, "only find out whether it can be done")
	leave := flags.Float64("leave-bytes", -1, "fill: how much stays free at least")
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
	if request.Kind == "cpu" {
		if *cores == 0 {
			*cores = runtime.NumCPU()
		}
		request.Cores, request.Load = cores, load
	}
	// A flag that was given is in the registration, so that one that does not belong to the kind is an error.
	flags.Visit(func(given *flag.Flag) {
		switch given.Name {
		case "ends-by":
			request.EndsBy = endsBy
		case "cores":
			request.Cores = cores
		case "load":
			request.Load = load
		case "workers":
			request.Workers = workers
		case "bytes":
			request.Bytes = size
		case "percent":
			request.Percent = percent
		case "ramp-ms":
			request.RampMs = ramp
		case "path":
			request.Path = directory
		case "leave-bytes":
			request.LeaveBytes = leave
		}
	})
	return request, fmt.Sprintf("/proc/%d/root", *agent), path, request.check()
}

// agentLink is the connection to the agent.
type agentLink struct {
	connection *net.UnixConn
	encoder    *lineEncoder
	// stop gives a reason to end, and is closed when the agent is gone.
	stop chan string
	// measure gives the number of a question how things are.
	measure chan int
}

// register tells the agent. Ready is of the process that stresses under this id already, if there is one.
func register(root, path string, request registration) (*agentLink, *ready, error) {
	connection, err := dial(root, path)
	if err != nil {
		return nil, nil, err
	}
	link := &agentLink{connection: connection, encoder: newLineEncoder(connection), stop: make(chan string), measure: make(chan int)}
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
		switch {
		case err != nil:
			return
		case word.Stop != "":
			l.stop <- word.Stop
		case word.Measure != 0:
			l.measure <- word.Measure
		}
	}
}

// say tells the agent; that it is gone is learnt by listening.
func (l *agentLink) say(word fromStress) { _ = l.encoder.Encode(word) }

func fail(err error) int {
	printLine(refusal(err))
	return 1
}

// printLine writes to whoever still reads.
func printLine(value any) { _ = json.NewEncoder(os.Stdout).Encode(value) }
