"""What a listener does by itself: answers by rules, captures HTTP, plays, passes on."""
