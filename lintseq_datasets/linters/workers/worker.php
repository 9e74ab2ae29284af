<?php
// Reads a JSON line for each text, {"id": 1, "text": "..."}, and answers with one:
// {"id": 1, "errors": [["syntax", 3, 0, "why"], ...]} or {"id": 1, "failed": "why"}.
// Nothing of a text is run: it is parsed, and that is all.
error_reporting(0);
$problem = null;
try {
    token_get_all('<?php f(', TOKEN_PARSE);
    $problem = 'the parser finds no errors';
} catch (ParseError $error) {
    // as it should be
} catch (Throwable $error) {
    $problem = 'the extension tokenizer is missing';
}
echo json_encode(['hello' => 'php', 'version' => PHP_VERSION, 'problem' => $problem]), "\n";
while (($line = fgets(STDIN)) !== false) {
    $asked = json_decode($line, true);
    $answer = ['id' => $asked['id'], 'errors' => []];
    try {
        token_get_all($asked['text'], TOKEN_PARSE);
    } catch (ParseError $error) {
        $answer['errors'][] = ['syntax', $error->getLine(), 0, $error->getMessage()];
    } catch (Throwable $error) {
        $answer = ['id' => $asked['id'], 'failed' => $error->getMessage()];
    }
    echo json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
