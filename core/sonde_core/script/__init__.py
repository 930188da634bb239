"""Steps of sessions: derived from recordings, written as text, performed again."""
