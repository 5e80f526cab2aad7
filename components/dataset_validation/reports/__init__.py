"""Shows a validation's report to people and machines: HTML, Markdown, SARIF."""
