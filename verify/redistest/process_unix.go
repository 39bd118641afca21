//go:build unix

package redistest

import (
	"os/exec"
	"syscall"
)

const stop, cont = syscall.SIGSTOP, syscall.SIGCONT

// apart gives a program a group of its own, which those that it starts are in too.
func apart(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
