// Command testamur serves badges, certificates and the page that says whether they are valid today, and is
// the client of such a server. README.md has the walk; testamur --help lists the commands.
//
// It is the only place where the parts meet. Begin with run, then serve.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"

	"testamur/assets"
	"testamur/messages"
)

func main() {
	os.Exit(run(untilTold(), os.Args[1:], world{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Program: os.Args[0], Env: os.LookupEnv, Environ: os.Environ, Terminal: isatty.IsTerminal(os.Stdout.Fd()),
		Watched: isatty.IsTerminal(os.Stderr.Fd()), Asked: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()),
	}))
}

// untilTold is done when the process is told to stop, by Ctrl-C or SIGTERM. Told again, the process ends at once.
func untilTold() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-told
		signal.Stop(told) // before anybody can see that it stops
		stop()
	}()
	return ctx
}

// Exit codes: scripts depend on them.
const (
	exitDone    = 0 // done, or valid
	exitNo      = 1 // the answer is no
	exitUse     = 2 // wrong use, mistyped code, no or wrong key, bad setting
	exitNoReply = 3 // could not ask
)

// failure is an error with the exit code it means. Without one, an error means exitNoReply.
type failure struct {
	code int
	err  error
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

func wrongUse(format string, args ...any) error { return failure{exitUse, fmt.Errorf(format, args...)} }

// world is what the program has around it.
type world struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Program        string // as it was called
	Env            func(string) (string, bool)
	Environ        func() []string // all of Env, as NAME=VALUE; nil: not known
	Patience       time.Duration   // with Redis; 0: that of each command
	Terminal       bool            // Stdout is a terminal
	Watched        bool            // Stderr is a terminal
	Asked          bool            // a person can read a question and answer it
	words          *messages.Language
}

// commands is the command line. Their longer help, with an example, is program.help and the name.
type commands struct {
	Demo  demoCommand  `cmd:"" group:"server" help:"Try everything in a temporary folder: site, people in every state, a key."`
	Serve serveCommand `cmd:"" group:"server" help:"Serve badges, certificates, the verification page and the API."`

	Grant   grantCommand   `cmd:"" group:"issuer" help:"Grant a certification to a holder."`
	List    listCommand    `cmd:"" group:"issuer" help:"List credentials."`
	Show    showCommand    `cmd:"" group:"issuer" help:"Show a credential as the issuer sees it."`
	Renew   renewCommand   `cmd:"" group:"issuer" help:"Renew a credential: same code, same addresses, a new date."`
	Revoke  turnCommand    `cmd:"" group:"issuer" help:"End a credential for good."`
	Suspend turnCommand    `cmd:"" group:"issuer" help:"Set a credential aside until it is restored."`
	Restore turnCommand    `cmd:"" group:"issuer" help:"End a suspension."`
	Recode  turnCommand    `cmd:"" group:"issuer" help:"Give a credential a new code: the old one has never existed."`
	Consent consentCommand `cmd:"" group:"issuer" help:"Record what the holder lets others see."`
	Tier    tierCommand    `cmd:"" group:"issuer" help:"Set the tier of an organisation's credential, or take it away."`
	Rename  renameCommand  `cmd:"" group:"issuer" help:"Rename a holder, on everything at once."`
	Erase   eraseCommand   `cmd:"" group:"issuer" help:"Erase a holder and its credentials for good."`

	Check  checkCommand  `cmd:"" group:"anybody" help:"Ask whether a credential is valid today. Exit 0: valid; 1: anything else."`
	Draw   drawCommand   `cmd:"" group:"anybody" help:"Draw a badge or a certificate to a file; no store, no server."`
	Export exportCommand `cmd:"" group:"anybody" help:"Write the pages that are always the same to a folder, for any web host."`
	Health healthCommand `cmd:"" group:"anybody" help:"Ask a server whether it is ready to serve."`

	Key           keyCommand     `cmd:"" group:"operator" help:"Keys of the API."`
	Backup        backupCommand  `cmd:"" group:"operator" help:"Copy everything from a running server to a file."`
	RestoreBackup restoreCommand `cmd:"" group:"operator" help:"Make a data folder, or a store in an empty Redis, from a backup; no server runs on it."`
	Doctor        doctorCommand  `cmd:"" group:"operator" help:"Say what the settings are, where they come from and what is wrong. Writes nothing."`
	Version       versionCommand `cmd:"" group:"operator" help:"Print the version."`
	Help          struct{}       `cmd:"" group:"operator" help:"Say what a command does, with an example: testamur help grant."`
}

// run does what the command line says and returns the exit code.
func run(ctx context.Context, args []string, w world) int {
	catalogue, err := messages.Load(sub(assets.Files, "messages"))
	if err != nil {
		fmt.Fprintln(w.Stderr, "testamur:", err)
		return exitNoReply
	}
	w.words = catalogue.In("en")
	stopped := false // kong wants to exit after --help
	parser, err := commandLine(&w, func() { stopped = true }, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&w))
	if err != nil {
		fmt.Fprintln(w.Stderr, "testamur:", err)
		return exitUse
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := parser.Parse(args)
	if stopped {
		return exitDone
	}
	if err == nil {
		err = parsed.Run()
	} else {
		why := strings.Replace(err.Error(), `one of "",`, "one of ", 1) // what may be left out may not be said empty
		err = wrongUse("%s\n%s", why, w.words.Text("program.try-help", "command", selected(err)+"--help"))
	}
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(w.Stderr, "testamur:", token.ReplaceAllString(err.Error(), "tk_..."))
	var f failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitNoReply
}

// token is the shape of a key of the API, as somebody may have put it where it does not belong.
var token = regexp.MustCompile(`tk_[A-Za-z0-9_-]+`)

// commandLine reads a command line; stop is called when help was asked for and given.
func commandLine(w *world, stop func(), options ...kong.Option) (*kong.Kong, error) {
	options = append(options, kong.Name("testamur"), kong.Description(w.words.Text("program.what")), kong.Writers(w.Stdout, w.Stderr),
		kong.Exit(func(int) { stop() }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "server", Title: w.words.Text("program.group.server")}, {Key: "issuer", Title: w.words.Text("program.group.issuer")},
			{Key: "anybody", Title: w.words.Text("program.group.anybody")}, {Key: "operator", Title: w.words.Text("program.group.operator")},
			{Key: "connection", Title: w.words.Text("program.group.connection")}}),
	)
	parser, err := kong.New(&commands{}, options...)
	if err != nil {
		return nil, err
	}
	parser.Model.Detail = w.words.Text("program.exit-codes")
	for _, leaf := range parser.Model.Leaves(true) {
		if key := strings.ReplaceAll(leaf.Path(), " ", "-"); w.words.Has("program.help." + key) {
			leaf.Detail = w.words.Text("program.help." + key)
		}
	}
	return parser, nil
}

// selected is the command that was meant by a command line that is wrong, with a space behind it.
func selected(err error) string {
	if wrong := (*kong.ParseError)(nil); errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return wrong.Context.Selected().Path() + " "
	}
	return ""
}

type versionCommand struct{}

func (versionCommand) Run(w *world) error {
	_, err := fmt.Fprintln(w.Stdout, "testamur", version())
	return err
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			commit = " " + s.Value[:12]
		}
	}
	return info.Main.Version + commit
}
