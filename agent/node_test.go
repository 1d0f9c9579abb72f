package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const controlAt = "10.77.0.1:18471"

// reaches tells whether a connection can be made from the peer, within a second.
func (w *wire) reaches(t *testing.T, address string) bool {
	t.Helper()
	return in(t, w.peer, func() (bool, error) {
		connection, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			connection.Close()
		}
		return err == nil, nil
	})
}

// control asks the agent's control port, from the peer.
func (w *wire) control(t *testing.T, method, path string) (int, reply) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		Dial: func(network, address string) (net.Conn, error) {
			return in(t, w.peer, func() (net.Conn, error) { return net.Dial(network, address) }), nil
		},
		DisableKeepAlives: true,
	}}
	request, err := http.NewRequest(method, "http://"+controlAt+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var r reply
	if response.StatusCode == http.StatusOK {
		if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode, r
}

func isolateBy(id, more string) string {
	return fmt.Sprintf(`{"op":"start","id":%q,"kind":"node-isolate","ttlMs":60000,%s}`, id, more)
}

func TestIsolationOfEverything(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities, "--control", controlAt)
	open := w.connect(t, w.echo(t, podAddresses[0]), 1)
	six, other := w.echo(t, "fd77:0::1"), w.echo(t, podAddresses[1])
	begun := a.must(t, isolateBy("cut", `"scope":"everything","nodeAddresses":["10.77.0.1"]`))
	if !begun.InEffect || !strings.Contains(begun.Evidence, "eth0") {
		t.Fatalf("after start: %+v", begun)
	}
	if w.reaches(t, w.echo(t, podAddresses[0])) || w.reaches(t, six) {
		t.Error("the node is reached by its address")
	}
	if !w.reaches(t, other) {
		t.Error("an interface that is not to the outside is cut off, too")
	}
	local := in(t, w.pod, func() (bool, error) {
		listener, err := net.Listen("tcp", "10.77.0.1:0")
		if err != nil {
			return false, err
		}
		defer listener.Close()
		connection, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second)
		if err != nil {
			return false, err
		}
		return true, connection.Close()
	})
	if !local {
		t.Error("the node does not reach itself")
	}
	told, status := w.control(t, "GET", "/status")
	if told != 200 || len(status.Faults) != 1 || !status.Faults[0].InEffect || status.Faults[0].Counters["lost"] == 0 {
		t.Errorf("told %d, %+v", told, status)
	}
	for _, made := range []struct{ method, path string }{{"POST", "/status"}, {"GET", "/stop"}, {"POST", "/start"}, {"PUT", "/stop"}} {
		if code, _ := w.control(t, made.method, made.path); code != 404 && code != 405 {
			t.Errorf("%s %s was answered with %d", made.method, made.path, code)
		}
	}
	stopped, status := w.control(t, "POST", "/stop")
	if stopped != 200 || len(status.Faults) != 1 || status.Faults[0].InEffect || status.Faults[0].State != "ended" || status.Faults[0].Reason != reasonStop {
		t.Errorf("stopped %d, %+v", stopped, status)
	}
	if took := open.roundTrip(t); took > 5*time.Second { // TCP sends again what was lost
		t.Errorf("an open connection took %v after the stop", took)
	}
	if rules := foreignRulesNow(t, w.pod); strings.Contains(rules, tablePrefix) {
		t.Errorf("left behind: %s", rules)
	}
}

func TestIsolationFromAddresses(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities, "--control", controlAt)
	near, far := w.echo(t, podAddresses[0]), w.echo(t, podAddresses[1])
	a.must(t, isolateBy("some", `"scope":"addresses","cidrs":["10.77.1.0/24"]`))
	if !w.reaches(t, near) || w.reaches(t, far) {
		t.Errorf("near %v, far %v, expected the near address only", w.reaches(t, near), w.reaches(t, far))
	}
	a.must(t, `{"op":"stop","id":"some"}`)
	a.must(t, isolateBy("spared", `"scope":"addresses","cidrs":["10.77.0.0/16"],"exceptCidrs":["10.77.1.0/24"]`))
	if w.reaches(t, near) || !w.reaches(t, far) {
		t.Error("what is excepted is not what is reached")
	}
}

func TestIsolationEndsWithTheAgent(t *testing.T) {
	for name, end := range map[string]func(*testAgent){
		"SIGKILL": func(a *testAgent) { a.kill(syscall.SIGKILL) },
		"SIGTERM": func(a *testAgent) { a.kill(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			a := startAgent(t, w.pod, carrierCapabilities, "--control", controlAt)
			echo := w.echo(t, podAddresses[0])
			a.must(t, isolateBy("cut", `"nodeAddresses":["10.77.0.1"]`))
			if w.reaches(t, echo) {
				t.Fatal("it is not in effect")
			}
			end(a)
			a.await(t, 5*time.Second)
			eventually(t, 5*time.Second, "the node is reached", func() bool { return w.reaches(t, echo) })
		})
	}
	t.Run("deadline", func(t *testing.T) {
		w := newWire(t)
		a := startAgent(t, w.pod, carrierCapabilities, "--control", controlAt)
		a.must(t, strings.Replace(isolateBy("short", `"nodeAddresses":["10.77.0.1"]`), "60000", "700", 1))
		echo := w.echo(t, podAddresses[0])
		eventually(t, 5*time.Second, "the node is reached", func() bool { return w.reaches(t, echo) })
		if status := a.status(t, "short"); status.Reason != reasonDeadline || status.InEffect {
			t.Errorf("after the deadline: %+v", status)
		}
	})
}

func TestIsolationIsRefused(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	a.refused(t, isolateBy("blind", `"nodeAddresses":["10.77.0.1"]`), "unsupported") // it has no control port
	b := startAgent(t, w.pod, carrierCapabilities, "--control", controlAt)
	for _, wrong := range []string{
		`"scope":"everything"`,
		`"scope":"addresses"`,
		`"scope":"everything","nodeAddresses":["10.77.0.1"],"cidrs":["10.0.0.0/8"]`,
		`"nodeAddresses":["10.99.0.1"]`,
		`"nodeAddresses":["node-1"]`,
		`"scope":"half","nodeAddresses":["10.77.0.1"]`,
	} {
		b.refused(t, isolateBy("wrong", wrong), "invalid")
	}
	unable := startAgent(t, w.pod, "", "--control", "10.77.0.1:18472")
	unable.refused(t, isolateBy("unable", `"nodeAddresses":["10.77.0.1"]`), "unsupported")
	if abilities := nodeAbilitiesOf(t, unable); abilities.Isolate.Usable || abilities.Freeze.Usable || abilities.Restart.Usable {
		t.Errorf("abilities of an agent without capabilities: %+v", abilities)
	}
}

func nodeAbilitiesOf(t *testing.T, a *testAgent) nodeAbilitiesAnswer {
	t.Helper()
	line, err := ask(a.socket, `{"op":"node-abilities"}`)
	if err != nil {
		t.Fatal(err)
	}
	var answer nodeAbilitiesAnswer
	if err := json.Unmarshal([]byte(line), &answer); err != nil || !answer.OK {
		t.Fatalf("%s: %v", line, err)
	}
	return answer
}

// startKubelet is a shell of that name, which ticks, in the network namespace of the wire's pod.
func startKubelet(t *testing.T, w *wire) chan struct{} {
	t.Helper()
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "kubelet")
	if err := os.WriteFile(name, shell, 0o700); err != nil {
		t.Fatal(err)
	}
	ticks := make(chan struct{}, 1000)
	command := exec.Command(name, "-c", "while echo tick; do sleep 0.02; done")
	command.Stdout = tickWriter(ticks)
	in(t, w.pod, func() (*process, error) { return start(t, command), nil })
	return ticks
}

type tickWriter chan struct{}

func (w tickWriter) Write(data []byte) (int, error) {
	for range bytes.Count(data, []byte("tick")) {
		w <- struct{}{}
	}
	return len(data), nil
}

// ticked counts over a quarter of a second.
func ticked(ticks chan struct{}) int {
	for len(ticks) > 0 {
		<-ticks
	}
	time.Sleep(250 * time.Millisecond)
	return len(ticks)
}

func TestKubeletIsFrozen(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, "SYS_PTRACE", "--control", controlAt)
	freezeIt := func(id string) string {
		return fmt.Sprintf(`{"op":"start","id":%q,"kind":"kubelet-freeze","ttlMs":60000}`, id)
	}
	a.refused(t, freezeIt("none"), "unsupported")
	elsewhere := startKubelet(t, newWire(t))
	ticks := startKubelet(t, w)
	if abilities := nodeAbilitiesOf(t, a); !abilities.Freeze.Usable || abilities.Control != 18471 {
		t.Fatalf("abilities: %+v", abilities)
	}
	status := a.must(t, freezeIt("ice"))
	if !status.InEffect || !strings.Contains(status.Evidence, "kubelet") {
		t.Errorf("after start: %+v", status)
	}
	if n := ticked(ticks); n > 1 {
		t.Errorf("it ticked %d times while frozen", n)
	}
	if ticked(elsewhere) == 0 {
		t.Error("the kubelet of another node is frozen, too")
	}
	if code, r := w.control(t, "POST", "/stop"); code != 200 || r.Faults[0].InEffect {
		t.Errorf("stopped %d, %+v", code, r)
	}
	if ticked(ticks) == 0 {
		t.Error("it does not run after the stop")
	}
	a.must(t, freezeIt("again"))
	a.kill(syscall.SIGKILL)
	a.await(t, 5*time.Second)
	if ticked(ticks) == 0 {
		t.Error("it does not run after the agent's end")
	}
}

// What restarts a machine is tested as far as its refusals, by reading and never by trying.
func TestRestartIsRefusedOnWhatIsNoMachine(t *testing.T) {
	inContainer := checkFirst([]byte("PATH=/bin\x00container=docker\x00"))
	if inContainer == nil || !strings.Contains(inContainer.Error(), "container (docker)") {
		t.Errorf("a systemd in a container: %v", inContainer)
	}
	name, err := os.ReadFile("/proc/1/comm")
	if err != nil || strings.TrimSpace(string(name)) == "systemd" {
		t.Skipf("process 1 here is %q (%v): nothing that could restart it is started here", name, err)
	}
	w := newWire(t)
	startKubelet(t, w)
	a := startAgent(t, w.pod, "SYS_PTRACE", "--control", controlAt)
	refusal := a.refused(t, `{"op":"start","id":"boot","kind":"node-restart","ttlMs":60000}`, "unsupported")
	if !strings.Contains(refusal.Error.Message, "expected systemd") {
		t.Errorf("refused: %s", refusal.Error.Message)
	}
}
