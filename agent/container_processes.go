package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// processInfo is a process of the PID namespace this agent shares.
type processInfo struct {
	pid, parent int
	// name as the kernel has it, at most 15 characters
	name string
	// started, in the kernel's ticks since boot: with the PID, who it is
	started uint64
	// words of its command line; none of a zombie
	words []string
	// cgroups is /proc/PID/cgroup
	cgroups string
}

func (p processInfo) String() string { return fmt.Sprintf("%s (%d)", p.name, p.pid) }

var containerIDPattern = regexp.MustCompile(`^[0-9a-f]{12,128}$`)

// containerSelection says which processes of the target container.
type containerSelection struct {
	// container is the id its cgroup is named after, "" where PID 1 is its main process
	container string
	// which is main, all (the main process and what descends from it), or a pattern of names as of path.Match
	which string
}

var whichPattern = regexp.MustCompile(`^[^/\s][^/]{0,63}$`)

func readSelection(in *input) containerSelection {
	s := containerSelection{which: "main"}
	if _, given := in.fields["processes"]; given {
		s.which = in.text("processes", whichPattern, "main, all or a pattern of names, such as redis-*")
	}
	if _, err := path.Match(s.which, ""); err != nil {
		in.wrong("processes", "main, all or a pattern of names, such as redis-*")
	}
	s.container = readContainerID(in)
	return s
}

func readContainerID(in *input) string {
	if _, given := in.fields["containerId"]; !given {
		return ""
	}
	return in.text("containerId", containerIDPattern, "the id of a container, in hexadecimal digits")
}

// find gives parents before their children. An error when there is none.
func (s containerSelection) find() ([]processInfo, error) {
	all, err := allProcesses()
	if err != nil {
		return nil, err
	}
	chief, err := mainProcess(all, s.container)
	if err != nil {
		return nil, err
	}
	if s.which == "main" {
		return []processInfo{chief}, nil
	}
	own := s.ofContainer(all, chief)
	if s.which == "all" {
		return own, nil
	}
	var found []processInfo
	var names []string
	for _, p := range own {
		names = append(names, p.String())
		if matched, _ := path.Match(s.which, p.name); matched || p.commandMatches(s.which) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil, invalid("processes", strconv.Quote(s.which), "a pattern that matches one of "+strings.Join(names, ", "))
	}
	return found, nil
}

func (p processInfo) commandMatches(pattern string) bool {
	if len(p.words) == 0 {
		return false
	}
	// A server may write its state behind its name there, as redis does: "redis-server *:6379".
	name, _, _ := strings.Cut(filepath.Base(p.words[0]), " ")
	matched, _ := path.Match(pattern, name)
	return matched
}

// ofContainer is the processes in the container's cgroup where its id is known, else those that descend from the main
// one; squall's own are left out.
func (s containerSelection) ofContainer(all []processInfo, chief processInfo) []processInfo {
	inside := map[int]bool{chief.pid: true}
	own := []processInfo{chief}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			belongs := inside[p.parent] || s.container != "" && strings.Contains(p.cgroups, s.container)
			if belongs && !inside[p.pid] && len(p.words) > 0 && !isAgent(p.pid) {
				inside[p.pid], grown = true, true
				own = append(own, p)
			}
		}
	}
	return own
}

// mainProcess is PID 1, or where a pod's containers share a PID namespace, the oldest of the container that was not
// started by another of it.
func mainProcess(all []processInfo, container string) (processInfo, error) {
	var chief *processInfo
	for i, p := range all {
		if container == "" && p.pid == 1 {
			chief = &all[i]
		}
		if container == "" || !strings.Contains(p.cgroups, container) || len(p.words) == 0 {
			continue
		}
		parent := slices.IndexFunc(all, func(other processInfo) bool { return other.pid == p.parent })
		if parent >= 0 && strings.Contains(all[parent].cgroups, container) {
			continue
		}
		if chief == nil || p.started < chief.started || p.started == chief.started && p.pid < chief.pid {
			chief = &all[i]
		}
	}
	switch {
	case chief == nil:
		return processInfo{}, refuse("unsupported", fmt.Sprintf("none of the %d processes seen here is of container %s", len(all), container))
	case chief.pid == os.Getpid():
		return processInfo{}, refuse("unsupported", "this agent has a PID namespace of its own: it does not see the target's processes")
	}
	return *chief, nil
}

func allProcesses() ([]processInfo, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var all []processInfo
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, err := readProcess(pid); err == nil { // else it has ended meanwhile
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b processInfo) int { return a.pid - b.pid })
	return all, nil
}

func readProcess(pid int) (processInfo, error) {
	p := processInfo{pid: pid}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, err
	}
	if err := p.parseStat(string(stat)); err != nil {
		return p, err
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return p, err
	}
	if len(line) > 0 {
		p.words = strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	}
	cgroups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	p.cgroups = string(cgroups)
	return p, err
}

// parseStat reads /proc/PID/stat, where the name may have any character.
func (p *processInfo) parseStat(stat string) error {
	open, shut := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || shut < open {
		return fmt.Errorf("/proc/%d/stat: found %q, expected a name in brackets", p.pid, stat)
	}
	p.name = stat[open+1 : shut]
	fields := strings.Fields(stat[shut+1:])
	const parent, started = 1, 19 // of the fields behind the name
	if len(fields) <= started {
		return fmt.Errorf("/proc/%d/stat: found %d fields behind the name, expected more than %d", p.pid, len(fields), started)
	}
	var err error
	if p.parent, err = strconv.Atoi(fields[parent]); err != nil {
		return err
	}
	p.started, err = strconv.ParseUint(fields[started], 10, 64)
	return err
}

// isAgent tells whether a process runs this agent's own binary.
func isAgent(pid int) bool {
	other, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false
	}
	own, err := os.Stat("/proc/self/exe")
	return err == nil && os.SameFile(own, other)
}

func describeProcesses(list []processInfo) string {
	var names []string
	for _, p := range list {
		names = append(names, p.String())
	}
	return strings.Join(names, ", ")
}
