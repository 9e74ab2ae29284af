# Reads a JSON line for each text, {"id": 1, "text": "..."}, and answers with one:
# {"id": 1, "errors": [["syntax", 3, 0, "why"], ...]} or {"id": 1, "failed": "why"}.
# Nothing of a text is run: Ripper parses it, BEGIN blocks included.
require "json"
require "ripper"

KNOWN = (Object.new.methods + Object.private_instance_methods + Module.private_instance_methods +
         Module.instance_methods).map(&:to_s).to_h { |name| [name, true] }
CONSTANTS = Object.constants.map(&:to_s).to_h { |name| [name, true] }

class Reader < Ripper::SexpBuilder
  attr_reader :errors, :uses, :defined, :constants, :bound

  def initialize(*)
    super
    @errors, @uses, @constants = [], [], []
    @defined, @bound = {}, {}
  end

  def on_parse_error(message) = note(message)
  def compile_error(message) = note(message)
  def on_alias_error(message, *) = note(message)
  def on_assign_error(message, *) = note(message)
  def on_class_name_error(message, *) = note(message)
  def on_param_error(message, *) = note(message)

  def note(message)
    @errors << ["syntax", lineno || 1, column || 0, message.to_s]
    [:error]
  end

  # `foo`, `foo(1)` and `foo 1`: only when it runs does Ruby itself know whether there is such a
  # method. A name that is bound anywhere in the text counts everywhere: rather an error too few.
  def on_vcall(name)
    @uses << name
    super
  end

  def on_fcall(name)
    @uses << name
    super
  end

  def on_command(name, args)
    @uses << name
    super
  end

  def on_def(name, *)
    @defined[name[1]] = true
    super
  end

  def on_defs(target, operator, name, *)
    @defined[name[1]] = true
    super
  end

  # attr_reader :a, define_method(:b), alias_method "c" and the like: all symbols bind a name.
  def on_symbol(token)
    @defined[token[1]] = true
    super
  end

  def on_var_ref(token)
    @constants << token if token[0] == :@const
    super
  end

  def on_const_ref(token)
    @bound[token[1]] = true
    super
  end

  def on_var_field(token)
    @bound[token[1]] = true if token && token[0] == :@const
    super
  end
end

def judge(text)
  reader = Reader.new(text)
  reader.parse
  reader.note("does not parse") if reader.error? && reader.errors.empty?
  return reader.errors unless reader.errors.empty?

  names = reader.uses.select { |_, name,| !reader.defined[name] && !KNOWN[name] }
  constants = reader.constants.select { |_, name,| !reader.bound[name] && !CONSTANTS[name] }
  names.map { |_, name, (line, column)| ["undefined", line, column, "undefined name #{name}"] } +
    constants.map { |_, name, (line, column)| ["constant", line, column, "undefined #{name}"] }
end

$stdout.sync = true
puts JSON.generate({ hello: "ruby", version: RUBY_VERSION, problem: nil })
while (line = $stdin.gets)
  asked = JSON.parse(line)
  begin
    answer = { id: asked["id"], errors: judge(asked["text"]) }
  rescue SystemStackError, StandardError => e
    answer = { id: asked["id"], failed: "#{e.class}: #{e.message}" }
  end
  puts JSON.generate(answer)
end
