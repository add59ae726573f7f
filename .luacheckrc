std = "lua54"
max_line_length = 120
exclude_files = { "build*/**", "node_modules/**" }
files["spec"] = { std = "lua54+busted" }
files["docs/types"] = { unused_args = false, unused = false, max_line_length = false }
