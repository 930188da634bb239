def let_go(link: Link) -> None:
    """Close a link, with its last words if the peer takes them: else it would hold us for ever."""
    link.close()
    if link.queued:
        link.abort()


def let_go(link: Link) -> None:
    """Close a link, with its last words if the peer takes them: else it would hold us for ever."""
    link.close()
    if link.queued:
        link.abort()
