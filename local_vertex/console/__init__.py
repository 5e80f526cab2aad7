"""The console: pages for people who want to see what the server has and does; they change nothing."""
