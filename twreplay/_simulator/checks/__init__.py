"""The checks that a request passes, in order, and the operations behind them."""
