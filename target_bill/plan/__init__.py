"""From a document to a step: facts gathered once, rules that only compute, and the file of a plan."""
