"""The history's vocabulary as plain JSON values, part by part; `entry` puts them together."""
