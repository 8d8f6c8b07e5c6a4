"""Local servers in place of those that nobody can run here. Each checks what the real one would check."""
