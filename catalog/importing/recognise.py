"""Which format a path is in, told from the names of the files in it."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from catalog.importing import folder, movielens
from catalog.importing.rows import DataSetError
from catalog.importing.tables import Table


def tables_of(path: Path) -> list[Table]:
    """The tables of the data set in a folder; DataSetError where it is none."""
    if not path.exists():
        raise DataSetError(_("%(path)s does not exist; check the path") % {"path": path})
    if not path.is_dir():
        raise DataSetError(
            _("%(path)s is a file; name the folder that holds it, unpacked") % {"path": path}
        )
    found = {name: _file(path, name) for name in ("items.csv", "interactions.csv")}
    if found["items.csv"]:
        return folder.tables(found["interactions.csv"], found["items.csv"])
    ratings, movies = _file(path, "ratings.csv"), _file(path, "movies.csv")
    if ratings and movies:
        tags, links = _file(path, "tags.csv"), _file(path, "links.csv")
        return movielens.csv_tables(ratings, movies, tags, links)
    ratings, movies = _file(path, "ratings.dat"), _file(path, "movies.dat")
    if ratings and movies:
        return movielens.dat_tables(ratings, movies)
    raise DataSetError(
        _(
            "%(path)s holds no data set; it needs items.csv and interactions.csv, or MovieLens' "
            "movies and ratings (.csv or .dat)"
        )
        % {"path": path}
    )


def _file(path: Path, name: str) -> Path | None:
    """A file of that name, packed or not; both at once is a riddle that we do not guess."""
    found = [file for file in (path / name, path / f"{name}.gz") if file.is_file()]
    if len(found) == 2:
        raise DataSetError(
            _("%(path)s has both %(name)s and %(name)s.gz; remove one")
            % {"path": path, "name": name}
        )
    return found[0] if found else None
