"""Cards with provenance, and pushing to the Hugging Face Hub."""
