package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// agent is one that serves in the pod's network namespace.
type agent struct {
	command *exec.Cmd
	folder  string
	faults  int
}

func (w *wire) startAgent(binary string) (*agent, error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	a := &agent{folder: folder, command: exec.Command(binary, "serve", "--socket", filepath.Join(folder, "s"))}
	a.command.Stderr = os.Stderr
	if err := within(w.pod, a.command.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := a.ask(`{"op":"list"}`); err == nil {
			return a, nil
		} else if time.Now().After(end) {
			a.end()
			return nil, err
		}
	}
}

func (a *agent) end() {
	_ = a.command.Process.Kill()
	_ = a.command.Wait()
	_ = os.RemoveAll(a.folder)
}

type answer struct {
	OK    bool `json:"ok"`
	Error struct {
		Message string `json:"message"`
	} `json:"error"`
	Network map[string]struct {
		Usable bool   `json:"usable"`
		Reason string `json:"reason"`
	} `json:"network"`
	Fault struct {
		Counters map[string]float64 `json:"counters"`
	} `json:"fault"`
}

func (a *agent) ask(request string) (answer, error) {
	connection, err := net.Dial("unix", filepath.Join(a.folder, "s"))
	if err != nil {
		return answer{}, err
	}
	defer connection.Close()
	if _, err := fmt.Fprintln(connection, request); err != nil {
		return answer{}, err
	}
	line, err := bufio.NewReader(connection).ReadBytes('\n')
	if err != nil {
		return answer{}, err
	}
	var told answer
	if err := json.Unmarshal(line, &told); err != nil {
		return answer{}, fmt.Errorf("the agent answered %q: %w", line, err)
	}
	if !told.OK {
		return told, fmt.Errorf("the agent refused %s: %s", request, told.Error.Message)
	}
	return told, nil
}

// lacks says why the agent cannot use a mechanism here; "": it can.
func (a *agent) lacks(mechanism string) string {
	told, err := a.ask(`{"op":"abilities"}`)
	if err != nil {
		return err.Error()
	}
	if ability := told.Network[mechanism]; !ability.Usable {
		return ability.Reason
	}
	return ""
}

// start begins a fault on what leaves the pod, and gives its id.
func (a *agent) start(fields, mechanism string) (string, error) {
	a.faults++
	id := "bench-" + strconv.Itoa(a.faults)
	_, err := a.ask(fmt.Sprintf(`{"op":"start","id":%q,"kind":"network","ttlMs":600000,"interface":%q,"mechanism":%q,%s}`, id, device, mechanism, fields))
	return id, err
}

// stop gives how many packets the fault was for.
func (a *agent) stop(id string) (float64, error) {
	told, err := a.ask(fmt.Sprintf(`{"op":"stop","id":%q}`, id))
	return told.Fault.Counters["packets"], err
}

// cpu is how much processor time the agent has used, by the scheduler's own clock: ticks are sampled, and miss what
// wakes for a moment.
func (a *agent) cpu() time.Duration {
	sum := time.Duration(0)
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", a.command.Process.Pid))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended
		}
		if fields := strings.Fields(string(text)); len(fields) == 3 {
			nanoseconds, _ := strconv.ParseInt(fields[0], 10, 64)
			sum += time.Duration(nanoseconds)
		}
	}
	return sum
}
