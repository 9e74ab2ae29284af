<?php
// Reads a JSON line for each text, {"id": 1, "text": "..."}, and answers with one:
// {"id": 1, "errors": [["syntax", 3, 0, "why"], ...]} or {"id": 1, "failed": "why"}.
// A text is parsed, and then compiled, as `php -l` does. An error of the compiler ends a process, so
// a child of this one compiles, and is replaced then. Nothing of a text is run: in front of what
// would be run stands a return. What it declares stays in the child, in a namespace of its own; an
// error counts only if a child finds it that has seen nothing else.
error_reporting(0);
const MOST_TEXTS = 1000; // of a child

/** The code of a text, in a namespace, with a return in front of what would be run. */
$returning = function (string $text, string $space) use (&$returning): string {
    if (str_starts_with($text, '#!') && str_contains($text, "\n")) {
        return "\n" . $returning(substr($text, strpos($text, "\n") + 1), $space); // as PHP does
    }
    $tokens = PhpToken::tokenize($text);
    if ($tokens === [] || $tokens[0]->id !== T_OPEN_TAG) {
        return "return; ?>$text";
    }
    $start = $place = strlen('<?php'); // what ends the tag may be a line break, which counts
    $named = null; // where the name of its namespace would be
    for ($i = 1; $i < count($tokens); $i++) {
        if ($tokens[$i]->isIgnorable()) {
            continue;
        }
        if (!$tokens[$i]->is([T_DECLARE, T_NAMESPACE])) {
            break;
        }
        $first = $tokens[$i];
        while ($i < count($tokens) && !in_array($tokens[$i]->text, [';', '{', ':', '?>'], true)) {
            $i++;
        }
        if ($i === count($tokens) || $first->is(T_DECLARE) && $tokens[$i]->text !== ';') {
            break; // a block of a declare: it is run
        }
        $place = $tokens[$i]->pos + 1;
        if ($first->is(T_NAMESPACE)) {
            $named = $first->pos + strlen('namespace');
            break;
        }
    }
    $before = substr($text, $start, $place - $start);
    if ($named !== null) {
        $has_name = trim(substr($text, $named, $place - 1 - $named)) !== '';
        $before = substr_replace($before, $has_name ? " $space\\" : " $space ", $named - $start, $has_name ? 1 : 0);
    } elseif (!array_filter($tokens, fn ($token) => $token->is(T_NAMESPACE))) {
        $before .= " namespace $space;";
    }
    return "$before return; " . substr($text, $place);
};

/** Compiles what it is asked, until there is an error. */
$work = function ($socket) use ($returning): void {
    register_shutdown_function(function () use ($socket) {
        $error = error_get_last();
        if ($error !== null && in_array($error['type'], [E_COMPILE_ERROR, E_ERROR, E_PARSE])) {
            fwrite($socket, json_encode([$error['line'], $error['message']], JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
        }
    });
    for ($number = 0; ($line = fgets($socket)) !== false; $number++) {
        $code = $returning(json_decode($line), "LintSeq$number");
        (static function () {
            eval(func_get_arg(0));
        })($code);
        fwrite($socket, "null\n");
    }
    exit(0);
};

$child = ['socket' => null, 'pid' => 0, 'texts' => 0];

/** What the compiler says of a text: null, or the line and why; false if it ended. */
$compile = function (string $text) use (&$child, &$compile, $work): array|null|false {
    if ($child['socket'] === null || $child['texts'] >= MOST_TEXTS) {
        if ($child['socket'] !== null) {
            fclose($child['socket']);
            pcntl_waitpid($child['pid'], $status);
        }
        [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $pid = pcntl_fork();
        if ($pid === 0) {
            fclose($ours);
            $work($theirs);
        }
        fclose($theirs);
        $child = ['socket' => $ours, 'pid' => $pid, 'texts' => 0];
    }
    fwrite($child['socket'], json_encode($text) . "\n");
    $line = fgets($child['socket']);
    $said = $line === false ? false : json_decode($line);
    if ($said === null) {
        $child['texts']++;
        return null;
    }
    fclose($child['socket']);
    pcntl_waitpid($child['pid'], $status);
    $child['socket'] = null;
    return $child['texts'] > 0 ? $compile($text) : $said;
};

$answer = function (array $answer): void {
    fwrite(STDOUT, json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
};

$problem = null;
try {
    token_get_all('<?php f(', TOKEN_PARSE);
    $problem = 'the parser finds no errors';
} catch (ParseError $error) {
    // as it should be
} catch (Throwable $error) {
    $problem = 'the extension tokenizer is missing';
}
$compiles = function_exists('pcntl_fork');
$version = PHP_VERSION . ($compiles ? '' : ' without pcntl');
$answer(['hello' => 'php', 'version' => $version, 'problem' => $problem]);
while (($line = fgets(STDIN)) !== false) {
    $asked = json_decode($line, true);
    $id = $asked['id'];
    try {
        token_get_all($asked['text'], TOKEN_PARSE);
        $said = $compiles ? $compile($asked['text']) : null;
        if ($said === false) {
            $answer(['id' => $id, 'failed' => 'the compiler ended']);
        } else {
            $answer(['id' => $id, 'errors' => $said === null ? [] : [['syntax', $said[0], 0, $said[1]]]]);
        }
    } catch (ParseError $error) {
        $answer(['id' => $id, 'errors' => [['syntax', $error->getLine(), 0, $error->getMessage()]]]);
    } catch (Throwable $error) {
        $answer(['id' => $id, 'failed' => $error->getMessage()]);
    }
}
