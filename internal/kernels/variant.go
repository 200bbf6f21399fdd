package kernels

/*
#include "kernels.h"
*/
import "C"

import (
	"fmt"
	"os"
	"strings"
)

// InstructionsVariable is the environment variable that picks a variant of the
// fused kernels by name, for tests and comparisons. It is read by NewExecutor.
const InstructionsVariable = "ASSAY_INSTRUCTIONS"

// Variant is the fused kernels for one set of instructions.
type Variant struct {
	// Name is "avx512", "avx2", "portable", or "onednn" for none: then every block runs on oneDNN's primitives.
	Name string
	// Missing says why the variant cannot run here; empty where it can.
	Missing string
	id      C.int
}

// Variants lists all variants, the fastest first.
func Variants() []Variant {
	list := []Variant{{Name: "avx512", id: C.KERNELS_AVX512}, {Name: "avx2", id: C.KERNELS_AVX2}, {Name: "portable", id: C.KERNELS_PORTABLE}, {Name: "onednn", id: C.KERNELS_ONEDNN}}
	for i, v := range list {
		switch C.kernels_variant(v.id) {
		case C.KERNELS_NOT_BUILT:
			list[i].Missing = "this program is built for another kind of processor"
		case C.KERNELS_CANNOT_RUN:
			list[i].Missing = "this processor or system lacks the instructions"
		}
	}
	return list
}

// Instructions returns the name of the variant that executors made now use, and
// why that one. The name is empty where the choice in ASSAY_INSTRUCTIONS cannot
// be met; the reason then says so.
func Instructions() (name, reason string) {
	v, err := chooseVariant()
	if err != nil {
		return "", err.Error()
	}
	if os.Getenv(InstructionsVariable) != "" {
		return v.Name, "chosen by " + InstructionsVariable
	}
	var missing []string
	for _, other := range Variants() {
		if other.Name == v.Name {
			break
		}
		missing = append(missing, other.Name+": "+other.Missing)
	}
	if len(missing) == 0 {
		return v.Name, "the fastest there is"
	}
	return v.Name, "the fastest that can run (" + strings.Join(missing, "; ") + ")"
}

// chooseVariant returns the variant that the environment asks for, or else the
// fastest that can run.
func chooseVariant() (Variant, error) {
	wanted := os.Getenv(InstructionsVariable)
	var names []string
	for _, v := range Variants() {
		names = append(names, v.Name)
		switch {
		case wanted == v.Name && v.Missing != "":
			return Variant{}, fmt.Errorf("kernels: %s=%s: %s", InstructionsVariable, wanted, v.Missing)
		case wanted == v.Name, wanted == "" && v.Missing == "":
			return v, nil
		}
	}
	return Variant{}, fmt.Errorf("kernels: %s=%q: want one of %s", InstructionsVariable, wanted, strings.Join(names, ", "))
}
