"""Pages and API of what people get from each other: *For us*, and *People of like taste*."""
