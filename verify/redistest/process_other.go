//go:build !unix

package redistest

import (
	"os"
	"os/exec"
)

var stop, cont = os.Kill, os.Kill // nothing here hangs and goes on

func apart(*exec.Cmd) {}

func kill(c *exec.Cmd) { _ = c.Process.Kill() }
