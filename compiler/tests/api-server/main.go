// Asks the validation of a real API server what it says about the objects of ../validation, with
// the definitions of ../../../crds, and writes its words to ../validation/api-server.json.
// The tests of kgwc hold their quotations against that file and need no Go.
//
//	cd compiler/tests/api-server && go run .
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	validators "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

type kind struct {
	validator  validation.SchemaValidator
	structural *schema.Structural
	namespaced bool
}

type suite struct {
	Base  map[string]any   `json:"base"`
	Cases []map[string]any `json:"cases"`
}

func main() {
	kinds := definitions("../../../crds")
	said := map[string][]string{}
	for _, path := range files("../validation/*.yaml") {
		var cases suite
		read(path, &cases)
		for _, one := range cases.Cases {
			name, ok := one["wrong"].(string)
			if !ok {
				continue
			}
			object := clone(cases.Base)
			for path, value := range one["set"].(map[string]any) {
				set(object, path, value)
			}
			// RouteTests are for kgwc alone, and no server sees them.
			if object["kind"] == "RouteTest" {
				continue
			}
			if found, ok := kinds[fmt.Sprint(object["apiVersion"], " ", object["kind"])]; ok {
				said[filepath.Base(path)+": "+name] = found.validate(object)
			}
		}
	}
	text, err := json.MarshalIndent(said, "", "  ")
	check(err)
	check(os.WriteFile("../validation/api-server.json", append(text, '\n'), 0o644))
}

// validate gives every message, those that a server would only give after others are mended
// included.
func (k kind) validate(object map[string]any) []string {
	messages := []string{}
	delete(object, "status")
	pruned := runtime.DeepCopyJSON(object)
	coerced := objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true}
	err, unknown := objectmeta.CoerceWithOptions(nil, object, k.structural, true, coerced)
	if err != nil {
		messages = append(messages, err.Error())
	}
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range append(unknown, pruning.PruneWithOptions(pruned, k.structural, true, options)...) {
		messages = append(messages, runtime.NewStrictDecodingError([]error{fmt.Errorf("unknown field %q", path)}).Error())
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, k.structural)
	defaulting.Default(object, k.structural)
	errors := metadata(object, k.namespaced)
	errors = append(errors, validation.ValidateCustomResource(nil, object, k.validator)...)
	errors = append(errors, listtype.ValidateListSetsAndMaps(nil, k.structural, object)...)
	celValidator := cel.NewValidator(k.structural, true, celconfig.PerCallLimit)
	found, _ := celValidator.Validate(context.Background(), nil, k.structural, object, nil, celconfig.RuntimeCELCostBudget)
	for _, err := range append(errors, found...) {
		messages = append(messages, err.Error())
	}
	return messages
}

func metadata(object map[string]any, namespaced bool) field.ErrorList {
	text, err := utiljson.Marshal(object["metadata"])
	check(err)
	var meta metav1.ObjectMeta
	if utiljson.Unmarshal(text, &meta) != nil {
		return nil
	}
	if namespaced && meta.Namespace == "" {
		meta.Namespace = "default"
	}
	return validators.ValidateObjectMeta(&meta, namespaced, validators.NameIsDNSSubdomain, field.NewPath("metadata"))
}

func definitions(folder string) map[string]kind {
	kinds := map[string]kind{}
	for _, path := range files(folder + "/*.yaml") {
		var definition v1.CustomResourceDefinition
		read(path, &definition)
		for _, version := range definition.Spec.Versions {
			var props apiextensions.JSONSchemaProps
			check(v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &props, nil))
			structural, err := schema.NewStructural(&props)
			check(err)
			validator, _, err := validation.NewSchemaValidator(&props)
			check(err)
			name := fmt.Sprint(definition.Spec.Group, "/", version.Name, " ", definition.Spec.Names.Kind)
			kinds[name] = kind{validator, structural, definition.Spec.Scope == v1.NamespaceScoped}
		}
	}
	return kinds
}

// expand carries out $repeat, $text and $null, as described in ../validation/http_route.yaml.
func expand(value any, number string) any {
	switch value := value.(type) {
	case string:
		if number != "" {
			return strings.ReplaceAll(value, "$i", number)
		}
	case []any:
		list := []any{}
		for _, item := range value {
			list = append(list, expand(item, number))
		}
		return list
	case map[string]any:
		if repeat, ok := value["$repeat"].([]any); ok {
			list := []any{}
			for i := range int(repeat[1].(int64)) {
				list = append(list, expand(repeat[0], strconv.Itoa(i)))
			}
			return list
		}
		if text, ok := value["$text"].([]any); ok {
			return strings.Repeat(text[0].(string), int(text[1].(int64)))
		}
		if _, ok := value["$null"]; ok {
			return nil
		}
		object := map[string]any{}
		for name, field := range value {
			object[name] = expand(field, number)
		}
		return object
	}
	return value
}

func set(object map[string]any, path string, value any) {
	parts := strings.Split(path, ".")
	var parent any = object
	for _, part := range parts[:len(parts)-1] {
		switch at := parent.(type) {
		case map[string]any:
			parent = at[part]
		case []any:
			i, err := strconv.Atoi(part)
			check(err)
			parent = at[i]
		}
	}
	last := parts[len(parts)-1]
	switch at := parent.(type) {
	case map[string]any:
		if value == nil {
			delete(at, last)
		} else {
			at[last] = expand(value, "")
		}
	case []any:
		i, err := strconv.Atoi(last)
		check(err)
		at[i] = expand(value, "")
	}
}

func clone(object map[string]any) map[string]any {
	return runtime.DeepCopyJSON(object)
}

func files(pattern string) []string {
	paths, err := filepath.Glob(pattern)
	check(err)
	sort.Strings(paths)
	return paths
}

func read(path string, into any) {
	text, err := os.ReadFile(path)
	check(err)
	text, err = yaml.YAMLToJSON(text)
	check(err)
	check(utiljson.Unmarshal(text, into))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
