"""Sessions: a cassette, a simulator or a network block put behind the interception."""
