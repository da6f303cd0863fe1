// Runs every case of this folder through Go's own text/template and writes what came out into it. See README.md.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"text/template"
)

func main() {
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*", "*.txt"))
	check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		source, data := sections(string(text))
		head := "-- template --\n" + source + "\n"
		if data != "" {
			head += "-- data --\n" + data + "\n"
		}
		out, err := run(source, data)
		if err != nil {
			check(os.WriteFile(file, []byte(head+"-- error --\n"+err.Error()+"\n"), 0o644))
		} else {
			check(os.WriteFile(file, []byte(head+"-- expected --\n"+out+"\n"), 0o644))
		}
	}
	fmt.Println(len(files), "cases")
}

func run(source, data string) (string, error) {
	parsed, err := template.New("t").Parse(source)
	if err != nil {
		return "", err
	}
	var value any
	if data != "" {
		value = read(json.NewDecoder(strings.NewReader(data))).Interface()
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, value)
	return out.String(), err
}

// sections cuts a case into its template and its data; what was expected before is dropped.
func sections(text string) (source, data string) {
	text = strings.TrimPrefix(text, "-- template --\n")
	for _, last := range []string{"\n-- expected --\n", "\n-- error --\n"} {
		if at := strings.Index(text, last); at >= 0 {
			text = text[:at]
		}
	}
	if at := strings.Index(text, "\n-- data --\n"); at >= 0 {
		return text[:at], text[at+len("\n-- data --\n"):]
	}
	return text, ""
}

// read makes a Go value of JSON. Whole numbers are ints; {"$float": n} is a float64; {"$struct": {…}} is a struct;
// {"$list": […], "$of": x} and {"$map": {…}, "$of": x} hold values of x's type instead of any.
func read(decoder *json.Decoder) reflect.Value {
	decoder.UseNumber()
	token, err := decoder.Token()
	check(err)
	switch token := token.(type) {
	case json.Number:
		if whole, err := token.Int64(); err == nil {
			return reflect.ValueOf(int(whole))
		}
		fraction, err := token.Float64()
		check(err)
		return reflect.ValueOf(fraction)
	case json.Delim:
		if token == '[' {
			return typed(elements(decoder), reflect.TypeFor[any]())
		}
		return object(decoder)
	case nil:
		return reflect.Zero(reflect.TypeFor[any]())
	default:
		return reflect.ValueOf(token)
	}
}

func elements(decoder *json.Decoder) []reflect.Value {
	var list []reflect.Value
	for decoder.More() {
		list = append(list, read(decoder))
	}
	_, err := decoder.Token()
	check(err)
	return list
}

type entries struct {
	names  []string
	values []reflect.Value
}

func object(decoder *json.Decoder) reflect.Value {
	var all entries
	var special string
	var list []reflect.Value
	var inner entries
	of := reflect.TypeFor[any]()
	for decoder.More() {
		token, err := decoder.Token()
		check(err)
		name := token.(string)
		switch name {
		case "$struct", "$map":
			special = name
			_, err = decoder.Token()
			check(err)
			inner = pairs(decoder)
		case "$list":
			special = name
			_, err = decoder.Token()
			check(err)
			list = elements(decoder)
		case "$of":
			of = read(decoder).Type()
		case "$float":
			token, err := decoder.Token()
			check(err)
			fraction, err := token.(json.Number).Float64()
			check(err)
			special, list = name, []reflect.Value{reflect.ValueOf(fraction)}
		default:
			all.names, all.values = append(all.names, name), append(all.values, read(decoder))
		}
	}
	_, err := decoder.Token()
	check(err)
	switch special {
	case "$struct":
		return structure(inner)
	case "$list":
		return typed(list, of)
	case "$float":
		return list[0]
	case "$map":
		return mapped(inner, of)
	}
	return mapped(all, of)
}

func pairs(decoder *json.Decoder) entries {
	var all entries
	for decoder.More() {
		token, err := decoder.Token()
		check(err)
		all.names, all.values = append(all.names, token.(string)), append(all.values, read(decoder))
	}
	_, err := decoder.Token()
	check(err)
	return all
}

func typed(list []reflect.Value, of reflect.Type) reflect.Value {
	made := reflect.MakeSlice(reflect.SliceOf(of), 0, len(list))
	for _, value := range list {
		made = reflect.Append(made, value)
	}
	return made
}

func mapped(all entries, of reflect.Type) reflect.Value {
	made := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), of))
	for i, name := range all.names {
		made.SetMapIndex(reflect.ValueOf(name), all.values[i])
	}
	return made
}

func structure(all entries) reflect.Value {
	var fields []reflect.StructField
	for i, name := range all.names {
		fields = append(fields, reflect.StructField{Name: name, Type: all.values[i].Type()})
	}
	made := reflect.New(reflect.StructOf(fields)).Elem()
	for i := range fields {
		made.Field(i).Set(all.values[i])
	}
	return made
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
