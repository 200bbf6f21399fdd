package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"assay/inspection"
	"assay/station"

	"github.com/spf13/cobra"
)

// promotionFlags are who and why, and the thresholds that come with a promotion.
type promotionFlags struct {
	by, reason string
	pass, fail float64
}

func (p *promotionFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&p.by, "by", userName(), "who decides")
	f.StringVar(&p.reason, "reason", "", "why")
}

// thresholds are nil unless both were given.
func (p *promotionFlags) thresholds(cmd *cobra.Command) (*inspection.Thresholds, error) {
	pass, fail := cmd.Flags().Changed("pass"), cmd.Flags().Changed("fail")
	if !pass && !fail {
		return nil, nil
	}
	if pass != fail {
		return nil, usage(errors.New("--pass and --fail go together"))
	}
	t := inspection.Thresholds{Pass: p.pass, Fail: p.fail}
	return &t, usage(t.Validate())
}

func newModelsPromote(g *globals) *cobra.Command {
	var flags promotionFlags
	cmd := &cobra.Command{
		Use: "promote NAME", Short: "Make NAME@VERSION, or the newest version of NAME, the active one", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			name, version, err := station.ParseModelName(arguments[0])
			if err != nil {
				return err
			}
			thresholds, err := flags.thresholds(cmd)
			if err != nil {
				return err
			}
			r := g.registry()
			if version == 0 {
				next, err := r.NextVersion(name)
				if err != nil {
					return err
				}
				version = max(next-1, 1)
			}
			p, err := r.Promote(name, version, station.PromotionOptions{By: flags.by, Reason: flags.reason, Thresholds: thresholds}, time.Now())
			return g.printPromotion(cmd, p, err)
		},
	}
	flags.register(cmd)
	cmd.Flags().Float64Var(&flags.pass, "pass", 0, "the line passes below this score while the version is active")
	cmd.Flags().Float64Var(&flags.fail, "fail", 0, "the line fails from this score on while the version is active")
	return cmd
}

func newModelsRollback(g *globals) *cobra.Command {
	var flags promotionFlags
	cmd := &cobra.Command{
		Use: "rollback [NAME]", Short: "Undo the last promotion that is not undone yet, of NAME where given", Args: atMost(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			name, err := optionalName(arguments)
			if err != nil {
				return err
			}
			p, err := g.registry().Rollback(name, flags.by, flags.reason, time.Now())
			return g.printPromotion(cmd, p, err)
		},
	}
	flags.register(cmd)
	return cmd
}

func newModelsHistory(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "history [NAME]", Short: "List the promotions and roll-backs, oldest first, of NAME where given", Args: atMost(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			name, err := optionalName(arguments)
			if err == nil {
				err = g.checkData(cmd)
			}
			if err != nil {
				return err
			}
			if name != "" {
				// A damaged active version must not hide its history; a name that nobody knows has none.
				if _, err := g.registry().Find(name, 0); errors.Is(err, inspection.ErrNotFound) {
					return err
				}
			}
			events, err := g.registry().Promotions(name)
			if err != nil {
				return err
			}
			if len(events) == 0 && !g.json {
				cmd.PrintErrln("Nothing was promoted yet.")
			}
			for _, p := range events {
				err := g.printer(cmd).row(p, "%s  %s  %s  %s  %s", p.At.Format(time.RFC3339), changeWords(p), cmp.Or(p.Kind, "promotion"), p.By, p.Reason)
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// optionalName returns the model's name that a command was given, or "".
func optionalName(arguments []string) (string, error) {
	if len(arguments) == 0 {
		return "", nil
	}
	return arguments[0], station.CheckModelName(arguments[0])
}

func (g *globals) printPromotion(cmd *cobra.Command, p station.Promotion, err error) error {
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s: version %d is active now (was %d)", p.Name, p.To, p.From)
	if l := p.Line; l != nil {
		text += fmt.Sprintf("; %s judges with %s %d", l.Recipe, l.To, l.ToVersion)
	}
	return g.printer(cmd).row(p, "%s", text)
}

// changeWords write what an event replaced by what, and for which recipe where that got another model.
func changeWords(p station.Promotion) string {
	if l := p.Line; l != nil {
		return fmt.Sprintf("%s %d → %s %d (%s)", l.From, l.FromVersion, l.To, l.ToVersion, l.Recipe)
	}
	return fmt.Sprintf("%s  %d → %d", p.Name, p.From, p.To)
}
