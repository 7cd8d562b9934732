"""What a council holds: involvements of children, each a sealed row with its tokens."""
