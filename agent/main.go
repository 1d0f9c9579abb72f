// Command squall-agent holds faults inside a pod, each until its deadline and only as long as it lives itself.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
)

// version is set when the binary is built for a release.
var version = "development"

const usage = `usage:
  squall-agent serve [--idle-timeout 30m]   hold faults, and answer for them
  squall-agent call JSON                    ask the agent that serves here
  squall-agent session                      ask it many times: a line of JSON each, answered by one
  squall-agent stress --id ID --kind cpu|memory|io|fill --ttl-ms MS --agent-pid PID ...
                                            put a load on what is here, under that agent
  squall-agent version`

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	os.Exit(run(os.Args[1:]))
}

func run(arguments []string) int {
	if len(arguments) == 0 {
		fmt.Fprintln(os.Stderr, usage)
		return 2
	}
	var err error
	switch command, rest := arguments[0], arguments[1:]; command {
	case "serve":
		err = serve(rest)
	case "call":
		var ok bool
		if ok, err = call(rest, os.Stdout); err == nil && !ok {
			return 1
		}
	case "session":
		err = session(rest, os.Stdin, os.Stdout)
	case "stress":
		if len(rest) > 0 && rest[0] == memoryWorkerCommand {
			return memoryWorker(rest[1:])
		}
		return stress(rest)
	case "version":
		fmt.Printf("squall-agent %s, protocol %d\n", version, protocolVersion)
	default:
		err = fmt.Errorf("found command %q, expected serve, call, session, stress or version\n%s", command, usage)
	}
	if errors.Is(err, flag.ErrHelp) {
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
