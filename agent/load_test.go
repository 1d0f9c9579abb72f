package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const mib = 1 << 20

// smallDisk is a file system of its own, in memory, with a size.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	needRoot(t)
	directory := t.TempDir()
	if err := syscall.Mount("squall-test", directory, "tmpfs", 0, "size="+strconv.Itoa(size)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return directory
}

func usedPercent(t *testing.T, directory string) float64 {
	t.Helper()
	s, err := readSpace(directory)
	if err != nil {
		t.Fatal(err)
	}
	return s.percent()
}

// memoryCell is a cgroup with a memory limit; what it gives starts a program in it.
func memoryCell(t *testing.T, limit int) func(command *exec.Cmd) {
	t.Helper()
	needRoot(t)
	own, unified := memoryCgroup()
	cell := filepath.Join(own, fmt.Sprintf("squall-test-%d-%s", os.Getpid(), randomHex()))
	if err := os.Mkdir(cell, 0o755); err != nil {
		t.Skipf("needs a memory cgroup of its own: %v", err)
	}
	t.Cleanup(func() {
		eventually(t, 5*time.Second, "the cgroup can be removed", func() bool { return os.Remove(cell) == nil })
	})
	name := map[bool]string{false: "memory.limit_in_bytes", true: "memory.max"}[unified]
	if err := os.WriteFile(filepath.Join(cell, name), []byte(strconv.Itoa(limit)), 0); err != nil {
		t.Skipf("needs a memory limit: %v", err)
	}
	return func(command *exec.Cmd) {
		arguments := append([]string{"sh", "-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, cell}, command.Args...)
		arguments[4] = command.Path
		shell, err := exec.LookPath("sh")
		if err != nil {
			t.Fatal(err)
		}
		command.Path, command.Args = shell, arguments
	}
}

// startLoad starts a stress process and reads its first line.
func startLoad(t *testing.T, command *exec.Cmd) *stressed {
	t.Helper()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &stressed{process: start(t, command), out: out}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.ready)
	}
	if err != nil || s.ready.StartedAt == 0 {
		t.Fatalf("first line %q: %v", line, err)
	}
	return s
}

func workerOf(t *testing.T, s *stressed) int {
	t.Helper()
	return onlyChild(t, s.Process.Pid)
}

func TestMemoryLoadIsResidentWithinTheLimit(t *testing.T) {
	enter := memoryCell(t, 200*mib)
	a := startAgent(t, currentNamespace(t), "")
	command := a.stressCommand(t, "mem", "--kind", "memory", "--percent", "50", "--workers", "2", "--ttl-ms", "60000")
	enter(command)
	s := startLoad(t, command)
	status := a.status(t, "mem")
	resident := status.Counters["residentBytes"]
	if !status.InEffect || status.Kind != kindMemoryStress || resident < 100*mib || resident > 125*mib {
		t.Errorf("status %+v, expected 100 MiB resident", status)
	}
	worker := workerOf(t, s)
	score, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", worker))
	if err != nil || strings.TrimSpace(string(score)) != "1000" {
		t.Errorf("oom_score_adj %q, %v, expected 1000", score, err)
	}
	stopped := a.must(t, `{"op":"stop","id":"mem"}`)
	if stopped.InEffect || stopped.Reason != reasonStop || running(worker) {
		t.Errorf("after stop: %+v, worker runs: %v", stopped, running(worker))
	}
}

func TestMemoryLoadGrows(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	startLoad(t, a.stressCommand(t, "grow", "--kind", "memory", "--bytes", strconv.Itoa(60*mib), "--ramp-ms", "1500", "--ttl-ms", "60000"))
	early := a.status(t, "grow")
	if !early.InEffect || early.Counters["touchedBytes"] > 50*mib {
		t.Errorf("early: %+v", early)
	}
	eventually(t, 10*time.Second, "all is resident", func() bool {
		late := a.status(t, "grow")
		return late.InEffect && late.Counters["residentBytes"] >= 60*mib
	})
}

func TestMemoryLoadKilledByTheKernelIsTold(t *testing.T) {
	enter := memoryCell(t, 60*mib)
	a := startAgent(t, currentNamespace(t), "")
	command := a.stressCommand(t, "oom", "--kind", "memory", "--bytes", strconv.Itoa(200*mib), "--ramp-ms", "500", "--ttl-ms", "60000")
	enter(command)
	startLoad(t, command)
	eventually(t, 20*time.Second, "it has ended", func() bool { return a.status(t, "oom").State == "ended" })
	status := a.status(t, "oom")
	if status.Reason != reasonOOM || status.InEffect || !strings.Contains(status.Evidence, "the kernel killed the memory worker") {
		t.Errorf("status %+v", status)
	}
}

func TestFill(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	disk := smallDisk(t, 64*mib)
	startLoad(t, a.stressCommand(t, "fill", "--kind", "fill", "--percent", "80", "--leave-bytes", "0", "--path", disk, "--ttl-ms", "60000"))
	if used := usedPercent(t, disk); used < 79.5 || used > 80.5 {
		t.Errorf("%.1f %% used, expected 80", used)
	}
	if status := a.status(t, "fill"); !status.InEffect || status.Kind != kindDiskFill || status.Counters["usedPercent"] < 79.5 {
		t.Errorf("status %+v", status)
	}
	if names, err := os.ReadDir(disk); err != nil || len(names) > 0 {
		t.Errorf("found %v, %v, expected no name in the directory", names, err)
	}
	if stopped := a.must(t, `{"op":"stop","id":"fill"}`); stopped.InEffect || stopped.Reason != reasonStop {
		t.Errorf("after stop: %+v", stopped)
	}
	if used := usedPercent(t, disk); used > 1 {
		t.Errorf("%.1f %% used after stop", used)
	}
}

// Whatever ends them, nothing is left.
func TestLoadsEndWithoutALeftover(t *testing.T) {
	for _, kind := range []string{"fill", "io", "memory"} {
		for _, test := range []struct {
			name, ttl, reason string
			end               func(a *testAgent, s *stressed)
		}{
			{"at its deadline", "700", reasonDeadline, func(*testAgent, *stressed) {}},
			{"by SIGTERM", "60000", reasonSigterm, func(_ *testAgent, s *stressed) { s.kill(syscall.SIGTERM) }},
			{"by SIGKILL", "60000", reasonLost, func(_ *testAgent, s *stressed) { s.kill(syscall.SIGKILL) }},
			{"with its agent, killed", "60000", "", func(a *testAgent, _ *stressed) { a.kill(syscall.SIGKILL) }},
		} {
			t.Run(kind+" "+test.name, func(t *testing.T) {
				a := startAgent(t, currentNamespace(t), "")
				disk := smallDisk(t, 300*mib)
				flags := []string{"--kind", kind, "--bytes", strconv.Itoa(30 * mib), "--ttl-ms", test.ttl}
				if kind != "memory" {
					flags = append(flags, "--path", disk)
				}
				s := startLoad(t, a.stressCommand(t, "end", flags...))
				if status := a.status(t, "end"); !status.InEffect {
					t.Errorf("before: %+v", status)
				}
				worker := 0
				if kind == "memory" {
					worker = workerOf(t, s)
				}
				test.end(a, s)
				s.await(t, 10*time.Second)
				eventually(t, 5*time.Second, "nothing is left", func() bool {
					names, err := os.ReadDir(disk)
					return err == nil && len(names) == 0 && usedPercent(t, disk) < 1 && (worker == 0 || !running(worker))
				})
				if test.reason == "" {
					return
				}
				eventually(t, 5*time.Second, "the ledger has its end", func() bool { return a.status(t, "end").State == "ended" })
				if status := a.status(t, "end"); status.Reason != test.reason || status.InEffect {
					t.Errorf("status %+v, expected reason %s", status, test.reason)
				}
			})
		}
	}
}

func TestIOLoadReachesTheDisk(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	startLoad(t, a.stressCommand(t, "io", "--kind", "io", "--bytes", strconv.Itoa(8*mib), "--workers", "2", "--path", t.TempDir(), "--ttl-ms", "60000"))
	eventually(t, 20*time.Second, "some rounds were done", func() bool {
		status := a.status(t, "io")
		return status.InEffect && status.Counters["bytesRead"] > 8*mib && status.Counters["syncs"] > 4
	})
}

func TestLoadsAreRefused(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	disk := smallDisk(t, 64*mib)
	file := filepath.Join(disk, "file")
	if err := os.WriteFile(file, make([]byte, 8*mib), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		flags, code, saying string
	}{
		{"--kind memory", "invalid", "neither"},
		{"--kind memory --bytes 5 --percent 5", "invalid", "both"},
		{"--kind memory --bytes 5 --cores 1", "invalid", "cores"},
		{"--kind memory --bytes 1e15", "unsupported", "the node has available"},
		{"--kind disk --bytes 5", "invalid", "one of cpu, memory, io, fill"},
		{"--kind fill --percent 5 --path " + disk, "unsupported", "full already"},
		{"--kind fill --percent 80 --path " + disk, "unsupported", "have to stay free"},
		{"--kind fill --bytes 1e12 --path " + disk, "unsupported", "free"},
		{"--kind fill --bytes 5 --path " + file, "unsupported", "expected a directory"},
		{"--kind fill --bytes 5 --path " + disk + "/none", "unsupported", "no such file"},
		{"--kind fill --bytes 5 --path relative", "invalid", "absolute path"},
		{"--kind fill --bytes 5 --path /proc", "unsupported", "writable here are"},
		{"--kind io --percent 99 --path " + disk, "unsupported", "have to stay free"},
		{"--kind io --bytes 5 --workers 0", "invalid", "workers"},
	} {
		command := a.stressCommand(t, "x", append(strings.Fields(test.flags), "--ttl-ms", "1000")...)
		if code, answer := refusedStress(t, command); code != 1 || answer.Error.Code != test.code || !strings.Contains(answer.Error.Message, test.saying) {
			t.Errorf("%s: exit code %d, %+v, expected %s, %q", test.flags, code, answer.Error, test.code, test.saying)
		}
	}
	if faults := a.ask(t, `{"op":"list"}`).Faults; len(faults) != 0 {
		t.Errorf("the agent knows of %+v", faults)
	}
}

func TestDryRunTouchesNothing(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	disk := smallDisk(t, 64*mib)
	var out strings.Builder
	command := a.stressCommand(t, "dry", "--kind", "fill", "--bytes", "5e6", "--leave-bytes", "0", "--path", disk, "--ttl-ms", "1000", "--dry-run")
	command.Stdout = &out
	if code := start(t, command).await(t, 5*time.Second); code != 0 || !strings.Contains(out.String(), `"ok":true`) {
		t.Errorf("exit code %d, %q", code, out.String())
	}
	if faults := a.ask(t, `{"op":"list"}`).Faults; len(faults) != 0 || usedPercent(t, disk) > 0 {
		t.Errorf("found faults %+v, %v %% used", faults, usedPercent(t, disk))
	}
}

func TestParseMemoryLimit(t *testing.T) {
	for text, expected := range map[string]float64{"max\n": 0, "9223372036854771712\n": 0, "536870912\n": 512 * mib, "": 0} {
		if found := parseMemoryLimit(text); found != expected {
			t.Errorf("%q: found %v, expected %v", text, found, expected)
		}
	}
}

func TestMountPoints(t *testing.T) {
	const info = `1 2 0:1 / / rw - overlay overlay rw
2 1 0:2 / /proc rw - proc proc rw
3 1 0:3 / /dev rw - tmpfs tmpfs rw
4 3 0:4 / /dev/shm rw - tmpfs shm rw
5 1 8:1 /a /data\040dir rw shared:1 - ext4 /dev/sda rw
`
	found := strings.Join(mountPoints(info), ",")
	if expected := "/,/dev/shm,/data dir"; found != expected {
		t.Errorf("found %q, expected %q", found, expected)
	}
}
