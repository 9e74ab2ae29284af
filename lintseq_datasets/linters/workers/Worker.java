// Reads a JSON line for each text, {"id": 1, "text": "..."}, and answers with one:
// {"id": 1, "errors": [["compiler.err.expected", 3, 0, "why"], ...]} or {"id": 1, "failed": "why"}.
// A text is parsed and attributed. No class is written, loaded or run.
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ModuleTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.api.JavacTaskPool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.NestingKind;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

public class Worker {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();
    private static final JavacTaskPool PARSER = new JavacTaskPool(1);
    // A compiler goes on knowing that there is a package when it is given the next text. So there is
    // one for each package: to its own texts, it is known anyway. Those that declare no type put
    // nothing into their package, and are judged with those of the unnamed one.
    // Where memory runs out, they are let go.
    private static final Map<String, SoftReference<JavacTaskPool>> COMPILERS =
        new LinkedHashMap<String, SoftReference<JavacTaskPool>>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(
                    Map.Entry<String, SoftReference<JavacTaskPool>> eldest) {
                return size() > MOST_COMPILERS;
            }
        };
    private static final int MOST_COMPILERS = 8;
    private static final List<String> OPTIONS = List.of(
        "-proc:none", "-implicit:none", "-Xmaxerrs", "1000", "-XDshould-stop.ifError=FLOW",
        "-XDshould-stop.at=FLOW", "-nowarn");

    /** A text in memory; a public class may have any name. It describes no package or module. */
    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String text) {
            super(URI.create("string:///Main.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignore) {
            return text;
        }

        @Override
        public boolean isNameCompatible(String name, Kind kind) {
            return !name.equals("package-info") && !name.equals("module-info");
        }

        @Override
        public NestingKind getNestingKind() {
            return null;
        }

        @Override
        public Modifier getAccessLevel() {
            return null;
        }
    }

    /** Judges a text with a compiler that has the classes of the library read already. */
    private static String judge(String text, StandardJavaFileManager files) throws Exception {
        List<Text> texts = List.of(new Text(text));
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        // The trees say what is in a text; no words, which may stand in comments or be escaped.
        Parsed parsed = PARSER.getTask(
            null, files, found, OPTIONS, null, texts, task -> Parsed.of(task));
        List<String> errors = new ArrayList<>();
        collect(found, "syntax ", errors);
        if (errors.isEmpty()) {
            found = new DiagnosticCollector<>();
            if (parsed.hasModule) {
                analyze((JavacTask) COMPILER.getTask(null, files, found, OPTIONS, null, texts));
            } else {
                compilerFor(parsed.place)
                    .getTask(null, files, found, OPTIONS, null, texts, Worker::analyze);
            }
            collect(found, "", errors);
        }
        return "[" + String.join(",", errors) + "]";
    }

    private static JavacTaskPool compilerFor(String place) {
        SoftReference<JavacTaskPool> kept = COMPILERS.get(place);
        JavacTaskPool compiler = kept == null ? null : kept.get();
        if (compiler == null) {
            compiler = new JavacTaskPool(1);
            COMPILERS.put(place, new SoftReference<>(compiler));
        }
        return compiler;
    }

    /** What a text holds by its trees. Parsing alone leaves nothing in a compiler. */
    private static final class Parsed {
        private String place = "";  // the package that it declares types in
        private boolean hasModule;

        static Parsed of(JavacTask task) {
            Parsed parsed = new Parsed();
            for (CompilationUnitTree unit : units(task)) {
                if (unit.getPackageName() != null && !unit.getTypeDecls().isEmpty()) {
                    parsed.place = unit.getPackageName().toString();
                }
                unit.accept(new TreeScanner<Void, Void>() {
                    @Override
                    public Void visitModule(ModuleTree module, Void nothing) {
                        parsed.hasModule = true;
                        return null;
                    }

                    @Override
                    public Void visitClass(ClassTree type, Void nothing) {
                        return null;
                    }
                }, null);
            }
            return parsed;
        }
    }

    private static Iterable<? extends CompilationUnitTree> units(JavacTask task) {
        try {
            return task.parse();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static Void analyze(JavacTask task) {
        units(task);
        try {
            task.analyze();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return null;
    }

    private static void collect(
            DiagnosticCollector<JavaFileObject> found, String prefix, List<String> errors) {
        for (Diagnostic<?> one : found.getDiagnostics()) {
            if (one.getKind() == Diagnostic.Kind.ERROR) {
                long line = Math.max(one.getLineNumber(), 1);
                long column = Math.max(one.getColumnNumber() - 1, 0);
                errors.add("[" + quote(prefix + one.getCode()) + "," + line + "," + column + ","
                    + quote(one.getMessage(Locale.ROOT)) + "]");
            }
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        String problem = COMPILER == null ? "\"this Java has no compiler\"" : "null";
        out.println("{\"hello\": \"javac\", \"version\": " + quote(System.getProperty("java.version"))
            + ", \"problem\": " + problem + "}");
        StandardJavaFileManager files =
            COMPILER.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            int comma = line.indexOf(',');
            String id = line.substring(line.indexOf(':') + 1, comma).trim();
            String answer;
            try {
                String text = unquote(line, line.indexOf(':', comma) + 1);
                answer = "\"errors\": " + judge(text, files);
            } catch (Throwable error) {
                answer = "\"failed\": " + quote(String.valueOf(error));
            }
            out.println("{\"id\": " + id + ", " + answer + "}");
        }
    }

    private static String quote(String text) {
        StringBuilder found = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                found.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                found.append(String.format("\\u%04x", (int) c));
            } else {
                found.append(c);
            }
        }
        return found.append('"').toString();
    }

    /** The JSON string at a place: the one who asks writes ASCII, with these escapes only. */
    private static String unquote(String line, int place) {
        StringBuilder found = new StringBuilder();
        for (int at = line.indexOf('"', place) + 1; line.charAt(at) != '"'; at++) {
            char c = line.charAt(at);
            if (c != '\\') {
                found.append(c);
                continue;
            }
            c = line.charAt(++at);
            switch (c) {
                case 'n': found.append('\n'); break;
                case 't': found.append('\t'); break;
                case 'r': found.append('\r'); break;
                case 'b': found.append('\b'); break;
                case 'f': found.append('\f'); break;
                case 'u':
                    found.append((char) Integer.parseInt(line.substring(at + 1, at + 5), 16));
                    at += 4;
                    break;
                default: found.append(c);
            }
        }
        return found.toString();
    }
}
